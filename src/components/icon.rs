//! The few pictures of the interface, each one path on a 20 by 20 grid. They say nothing that a text beside them does
//! not say too, so they are hidden from assistive technology.

use crate::view::{El, svg};

/// Which picture.
#[derive(Clone, Copy, Debug)]
pub enum Picture {
    /// The product's key.
    Brand,
    /// A person: identities.
    Identity,
    /// Two servers: APIs.
    Api,
    /// Two sheets: copy.
    Copy,
    /// An arrow out of a box: opens another site.
    External,
    /// A list: the plan.
    Plan,
    /// A clock: what was done.
    Activity,
    /// A cross: clear or close.
    Cross,
    /// A shield: privileged.
    Shield,
    /// An arrow up: sorted from small to large.
    Up,
    /// An arrow down: sorted from large to small.
    Down,
}

impl Picture {
    fn path(self) -> &'static str {
        match self {
            Self::Brand => "M10.6 10a3.6 3.6 0 1 1-7.2 0 3.6 3.6 0 0 1 7.2 0zH18M15 10v3.2M12.8 10v2",
            Self::Identity => {
                "M13.2 7a3.2 3.2 0 1 1-6.4 0 3.2 3.2 0 0 1 6.4 0zM3.8 17c.8-3.2 3.2-5 6.2-5s5.4 1.8 6.2 5"
            }
            Self::Api => "M3 4h14v4.5H3zM3 11.5h14V16H3zM6 6.2h.01M6 13.7h.01",
            Self::Copy => "M7 7h9v10H7zM4 13V3h9",
            Self::External => "M11 4h5v5M16 4l-7 7M14 12v4H4V6h4",
            Self::Plan => "M4 5.5h2M4 10h2M4 14.5h2M9 5.5h7M9 10h7M9 14.5h7",
            Self::Activity => "M16.8 10a6.8 6.8 0 1 1-13.6 0 6.8 6.8 0 0 1 13.6 0zM10 6v4.2l2.8 1.8",
            Self::Cross => "M5 5l10 10M15 5L5 15",
            Self::Shield => "M10 2.5l6 2.2v4.6c0 3.8-2.4 6.6-6 8.2-3.6-1.6-6-4.4-6-8.2V4.7zM10 7v3.5M10 13h.01",
            Self::Up => "M10 15V5M6 9l4-4 4 4",
            Self::Down => "M10 5v10M6 11l4 4 4-4",
        }
    }
}

/// Draws a picture in the colour of the text around it.
pub fn icon(of: Picture) -> El {
    svg("svg")
        .attr("width", "16")
        .attr("height", "16")
        .attr("viewBox", "0 0 20 20")
        .attr("fill", "none")
        .attr("stroke", "currentColor")
        .attr("stroke-width", "1.6")
        .attr("aria-hidden", "true")
        .child(svg("path").attr("d", of.path()))
}
