//! Messages to a supervisor such as systemd (`sd_notify(3)`).

use std::{os::unix::net::UnixDatagram, time::Duration};

use crate::harness::{
    ANY, Roster,
    run_folder::{fresh_name, path},
};

#[test]
fn a_supervisor_hears_of_the_start_and_of_the_end() {
    let place = path().join(fresh_name("notify"));
    let supervisor = UnixDatagram::bind(&place).expect("a socket");
    supervisor
        .set_read_timeout(Some(Duration::from_mins(1)))
        .expect("a time limit");
    let hear = || {
        let mut bytes = [0; 256];
        let length = supervisor.recv(&mut bytes).expect("a message");
        String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
    };
    let url = format!(
        "sqlite:{}",
        path().join(fresh_name("sqlite")).join("roster.db").display()
    );
    let serve = [
        "serve",
        "--database-url",
        &url,
        "--grpc-listen",
        ANY,
        "--scim-listen",
        ANY,
    ];
    let mut server = Roster::start(&serve, &[("NOTIFY_SOCKET", place.to_str().expect("utf-8"))]);
    assert_eq!(hear(), "READY=1");
    assert_eq!(server.terminate().code(), Some(0));
    assert_eq!(hear(), "STOPPING=1");
}
