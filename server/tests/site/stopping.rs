//! Nobody who was let in is cut off when the site is told to stop: what a proxy sends at that moment
//! can't be sent again by itself.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use tokio::{task::spawn_blocking, time::sleep};

use crate::running::Running;

const FORM: &str = "POST /login_handle/ HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\
                    content-type: application/x-www-form-urlencoded\r\n\r\nuname=m";

fn addr(site: &Running) -> String {
    site.url.trim_start_matches("http://").to_owned()
}

/// All that comes until the connection is closed.
fn rest(mut stream: &TcpStream) -> String {
    let patience = Some(Duration::from_secs(10));
    stream.set_read_timeout(patience).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_in_use_before_has_one_more_request_answered() {
    let site = Running::start().await;
    let addr = addr(&site);
    let mut stream = TcpStream::connect(&addr).unwrap();
    let read = |stream: &mut TcpStream| {
        let mut answer = vec![0; 65_536];
        let length = stream.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    };
    stream.write_all(FORM.as_bytes()).unwrap();
    let first = read(&mut stream);
    assert!(first.starts_with("HTTP/1.1 302"), "{first}");
    assert!(!first.contains("connection: close"), "{first}");

    let stopping = tokio::spawn(site.stop());
    while TcpStream::connect(&addr).is_ok() {
        sleep(Duration::from_millis(5)).await;
    }
    stream.write_all(FORM.as_bytes()).unwrap();
    let last = spawn_blocking(move || rest(&stream)).await.unwrap();
    assert!(last.starts_with("HTTP/1.1 302"), "{last}");
    assert!(last.contains("connection: close"), "{last}");
    stopping.await.unwrap();
}

/// On one thread, so that nobody is let in while they connect.
#[tokio::test]
async fn who_waited_to_be_let_in_is_answered() {
    let site = Running::start().await;
    let addr = addr(&site);
    let mut waiting = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(&addr).unwrap();
        stream.write_all(FORM.as_bytes()).unwrap();
        waiting.push(stream);
    }
    let answers = spawn_blocking(move || waiting.iter().map(rest).collect::<Vec<_>>());
    site.stop().await;
    for answer in answers.await.unwrap() {
        assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_nobody_uses_does_not_keep_it() {
    let site = Running::start().await;
    let idle = TcpStream::connect(addr(&site)).unwrap();
    tokio::time::timeout(Duration::from_secs(10), site.stop()).await.unwrap();
    let said = spawn_blocking(move || rest(&idle)).await.unwrap();
    assert_eq!(said, "");
}
