//! The signals and memos of the app: Leptos', but all of one type underneath.
//!
//! Leptos makes code of its own for whatever a signal holds, 3 kB for each type and one use after the other. Here one
//! signal and one memo hold anything; what is left for each type is to look at it.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use leptos::prelude::{
    self as kept, LocalStorage, ReadUntracked as _, Set as _, Track as _, WithValue as _, Write as _,
};

type Content = Box<dyn Any>;
type Signal = kept::RwSignal<Content, LocalStorage>;
type Computed = Box<dyn Any + Send + Sync>;
type Computation = kept::Memo<Computed>;

/// A value that the page follows. A handle: copies show the same one.
pub struct RwSignal<T>(Signal, PhantomData<fn() -> T>);

/// A value that follows signals, computed once for all who look. A handle: copies show the same one.
pub struct Memo<T>(Computation, PhantomData<fn() -> T>);

impl<T: 'static> RwSignal<T> {
    /// A signal with this value.
    pub fn new(value: T) -> Self {
        Self(kept::RwSignal::new_local(Box::new(value)), PhantomData)
    }

    /// Looks at the value, and again whenever it changes.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.with_untracked(look)
    }

    /// Looks at the value once.
    pub fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(known(&**read(self.0)))
    }

    /// The same, if the part of the page still lives that the signal is of.
    pub fn try_with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        Some(look(known(&**try_read(self.0)?)))
    }

    /// Changes the value, unless the part of the page is gone that the signal is of.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// The same, and says whether it was changed by what the change has brought.
    pub fn try_update<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        Some(change(known_mut(&mut **write(&self.0)?)))
    }

    /// Puts another value in its place, unless the part of the page is gone that the signal is of.
    pub fn set(&self, value: T) {
        set(self.0, Box::new(value));
    }

    /// The value, and again whenever it changes.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// The value now.
    pub fn get_untracked(&self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    /// The same, if the part of the page still lives that the signal is of.
    pub fn try_get_untracked(&self) -> Option<T>
    where
        T: Clone,
    {
        self.try_with_untracked(T::clone)
    }

    /// Follows the value without looking at it.
    pub fn track(&self) {
        track(self.0);
    }
}

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    /// What the function says, again whenever a signal changes that it reads. Who follows hears of it only if that is
    /// another value.
    pub fn new(compute: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self::of(Box::new(compute))
    }

    fn of(compute: Box<dyn Fn() -> T + Send + Sync>) -> Self {
        let compute = move |before: Option<Computed>| -> (Computed, bool) {
            let value = compute();
            match before {
                Some(before) if *known::<T>(&*before) == value => (before, false),
                _ => (Box::new(value), true),
            }
        };
        Self(memo(Box::new(compute)), PhantomData)
    }

    /// Looks at the value, and again whenever it changes.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        track_memo(self.0);
        self.with_untracked(look)
    }

    /// Follows the value without looking at it.
    pub fn track(&self) {
        track_memo(self.0);
    }

    /// Looks at the value once.
    pub fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(known(&**read_memo(self.0)))
    }

    /// The value, and again whenever it changes.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// The value now.
    pub fn get_untracked(&self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    /// The same, if the part of the page still lives that the memo is of.
    pub fn try_get_untracked(&self) -> Option<T>
    where
        T: Clone,
    {
        Some(known::<T>(&**try_read_memo(self.0)?).clone())
    }
}

/// What an effect is to do, put into a memo that the effect follows.
///
/// An effect that reads two memos, of which the first follows the second, misses a change of the second that leaves the
/// first as it was: reactive_graph 0.2.16 tells whoever asks a memo to look for changes of none that it finds on the
/// way (`MemoInner::update_if_necessary`), and of those an effect does not ask again. A memo does.
pub fn seeing_every_change(run: Box<dyn Fn()>) -> impl Fn() {
    let run = kept::StoredValue::new_local(run);
    let memo = kept::ArcMemo::<Computed>::new_owning(move |_| {
        run.try_with_value(|run| run());
        (Box::new(()), true)
    });
    move || {
        memo.track();
        memo.read_untracked();
    }
}

impl<T: Default + 'static> Default for RwSignal<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

// What follows is there once, for all types.

fn read(signal: Signal) -> impl Deref<Target = Content> {
    signal.read_untracked()
}

fn try_read(signal: Signal) -> Option<impl Deref<Target = Content>> {
    signal.try_read_untracked()
}

fn write(signal: &Signal) -> Option<impl DerefMut<Target = Content>> {
    signal.try_write()
}

fn set(signal: Signal, content: Content) {
    signal.set(content);
}

fn track(signal: Signal) {
    signal.track();
}

fn memo(compute: Box<dyn Fn(Option<Computed>) -> (Computed, bool) + Send + Sync>) -> Computation {
    Computation::new_owning(compute)
}

fn read_memo(memo: Computation) -> impl Deref<Target = Computed> {
    memo.read_untracked()
}

fn try_read_memo(memo: Computation) -> Option<impl Deref<Target = Computed>> {
    memo.try_read_untracked()
}

fn track_memo(memo: Computation) {
    memo.track();
}

// No other type is ever put in, since only this module can; what cannot be is the end.

fn known<T: 'static>(content: &dyn Any) -> &T {
    content.downcast_ref().unwrap_or_else(|| std::process::abort())
}

fn known_mut<T: 'static>(content: &mut dyn Any) -> &mut T {
    content.downcast_mut().unwrap_or_else(|| std::process::abort())
}
