//! Answers: JSON with the status that fits, never kept by anybody on the way.

use axum::{
    body::Body,
    http::{
        HeaderValue, Response, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS},
    },
};
use serde::Serialize;
use serde_json::json;

use crate::ops::failure::{Failure, Kind};

/// An answer with its status.
pub type Answer = Response<Body>;

const JSON: &str = "application/json";

/// Makes an answer of a content type.
pub fn text(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// Makes an answer of a document.
pub fn document(status: StatusCode, value: &impl Serialize) -> Answer {
    match serde_json::to_vec(value) {
        Ok(body) => text(status, JSON, body),
        Err(error) => failure(&Failure::new(Kind::Internal, error)),
    }
}

/// Makes the answer that says what went wrong: the command line's object, with the status of its kind.
pub fn failure(failure: &Failure) -> Answer {
    refusal(status(failure.kind), failure)
}

/// Says what went wrong with a status of its own.
pub fn refusal(status: StatusCode, failure: &Failure) -> Answer {
    let mut error = json!({ "kind": failure.kind.word(), "message": failure.message, "hints": failure.hints });
    if let Some(details) = &failure.details {
        error["details"] = (**details).clone();
    }
    document(status, &json!({ "error": error }))
}

/// Says that nobody knows the program.
pub fn unauthorised(why: &Failure) -> Answer {
    let mut answer = refusal(StatusCode::UNAUTHORIZED, why);
    answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"keydeck\""));
    answer
}

/// Says that there was too much in a short time, and when to come again.
pub fn too_many(seconds: u64) -> Answer {
    let failure = Failure::new(Kind::NotAllowed, "too many requests").hint(format!("try again in {seconds} s"));
    let mut answer = refusal(StatusCode::TOO_MANY_REQUESTS, &failure);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

/// Says which method a place takes.
pub fn wrong_method(takes: &'static str) -> Answer {
    let failure = Failure::usage("there is nothing of this method here").hint(format!("it takes {takes}"));
    let mut answer = refusal(StatusCode::METHOD_NOT_ALLOWED, &failure);
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(takes));
    answer
}

/// Returns the status for a kind of failure.
const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Internal | Kind::Configuration => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::Usage => StatusCode::BAD_REQUEST,
        Kind::NotAllowed => StatusCode::FORBIDDEN,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::NoKey => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
