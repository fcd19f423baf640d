//! What answers before Graph itself does, and in HTML: the web server that cannot read an address, and the front door
//! whose service is down. Pages without CORS, so that a browser shows a network error.

use hyper::StatusCode;

use crate::http::{Answer, Incoming};

/// As much of an address as the web server reads.
const LONGEST: usize = 16 * 1024;

/// The page for an address that cannot be read.
pub(crate) fn refuses(request: &Incoming) -> Option<Answer> {
    if request.path.len() + request.query.len() > LONGEST {
        return Some(html(StatusCode::URI_TOO_LONG, "Request URL Too Long", "The request URL is too long."));
    }
    let escapes = request.path.split('%').skip(1);
    let broken = escapes
        .map(|rest| rest.get(..2))
        .any(|code| code.is_none_or(|code| !code.chars().all(|digit| digit.is_ascii_hexdigit())));
    broken.then(|| html(StatusCode::BAD_REQUEST, "Bad Request - Invalid URL", "The request URL is invalid."))
}

/// The page of a gateway that gets no answer.
pub(crate) fn page(status: StatusCode) -> Answer {
    let reason = status.canonical_reason().unwrap_or_default();
    html(status, reason, "The service is unavailable.")
}

fn html(status: StatusCode, title: &str, text: &str) -> Answer {
    let number = status.as_u16();
    let page = format!(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"\"http://www.w3.org/TR/html4/strict.dtd\">\r\n\
         <HTML><HEAD><TITLE>{title}</TITLE>\r\n\
         <META HTTP-EQUIV=\"Content-Type\" Content=\"text/html; charset=us-ascii\"></HEAD>\r\n\
         <BODY><h2>{title}</h2>\r\n<hr><p>HTTP Error {number}. {text}</p>\r\n</BODY></HTML>\r\n"
    );
    Answer::with(status, "text/html; charset=us-ascii", page)
}
