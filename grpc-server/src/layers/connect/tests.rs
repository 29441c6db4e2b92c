//! Calls in the protocol of Connect, as far as their heads decide.

use http::{HeaderValue, Request, StatusCode, request::Parts};
use tonic::Code;

use super::{Codec, Form, grpc_timeout};

fn parts(path: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

const GET_USER: &str = "/roster.identity.v1.UserService/GetUser";

fn refused(path: &str, headers: &[(&str, &str)]) -> (StatusCode, Code) {
    match Form::of(&mut parts(path, headers)) {
        Form::Refused(http, status) => (http, status.code()),
        Form::Grpc | Form::Unary(_) => panic!("{path} {headers:?} is taken"),
    }
}

#[test]
fn json_becomes_a_call_of_grpc() {
    for sent in ["application/json", "Application/JSON; charset=\"UTF-8\""] {
        let mut head = parts(
            GET_USER,
            &[
                ("content-type", sent),
                ("connect-timeout-ms", "250"),
                ("content-length", "2"),
                ("grpc-encoding", "gzip"),
            ],
        );
        let Form::Unary(unary) = Form::of(&mut head) else {
            panic!("{sent}");
        };
        assert_eq!((unary.codec, unary.method.name()), (Codec::Json, "GetUser"));
        let mut left: Vec<_> = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                ("content-type", &HeaderValue::from_static("application/grpc")),
                ("grpc-timeout", &HeaderValue::from_static("250m")),
            ]
        );
    }
}

#[test]
fn what_is_no_call_is_refused_with_a_status_of_http() {
    let json = ("content-type", "application/json");
    let watch = "/roster.identity.v1.ChangeService/Watch";
    for (path, headers, expected) in [
        (
            GET_USER,
            &[("content-type", "text/plain")][..],
            (415, Code::InvalidArgument),
        ),
        (
            GET_USER,
            &[("content-type", "application/json; charset=latin1")],
            (415, Code::InvalidArgument),
        ),
        (GET_USER, &[], (415, Code::InvalidArgument)),
        (
            GET_USER,
            &[json, ("content-encoding", "gzip")],
            (415, Code::InvalidArgument),
        ),
        (
            GET_USER,
            &[json, ("connect-protocol-version", "2")],
            (400, Code::InvalidArgument),
        ),
        (
            GET_USER,
            &[json, ("connect-timeout-ms", "1s")],
            (400, Code::InvalidArgument),
        ),
        (
            "/roster.identity.v1.UserService/Nothing",
            &[json],
            (404, Code::Unimplemented),
        ),
        (
            "/grpc.health.v1.Health/Check",
            &[json],
            (404, Code::Unimplemented),
        ),
        ("/", &[json], (404, Code::Unimplemented)),
        (watch, &[json], (415, Code::Unimplemented)),
    ] {
        let (http, code) = refused(path, headers);
        assert_eq!((http.as_u16(), code), expected, "{path} {headers:?}");
    }
}

#[test]
fn a_timeout_keeps_its_length_in_fewer_digits() {
    let converted = |text| grpc_timeout(&HeaderValue::from_static(text));
    assert_eq!(converted("0").unwrap(), "0m");
    assert_eq!(converted("99999999").unwrap(), "99999999m");
    assert_eq!(converted("9999999999").unwrap(), "9999999S");
    for text in ["", "-1", "1.5", "10000000000", "\u{7f}"] {
        let Ok(value) = HeaderValue::from_str(text) else {
            continue;
        };
        assert_eq!(grpc_timeout(&value), None, "{text}");
    }
}
