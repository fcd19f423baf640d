//! What the administrator is about to do, frozen before it is done, and what came of it.
