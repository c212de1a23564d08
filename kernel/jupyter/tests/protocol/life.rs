//! How kernels start and end: in time, whole, and without leaving anything behind.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fram_jupyter::client::{ClientError, Kernel, LaunchOptions};
use fram_jupyter::{Channel, ConnectionInfo, Transport};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::frontend::{Frontend, PATIENCE, echo_program, eventually, launch, published, spec};

fn pid(kernel: &Kernel) -> Pid {
    Pid::from_raw(i32::try_from(kernel.process().id()).unwrap())
}

fn is_alive(pid: Pid) -> bool {
    // A zombie is dead, though it still has its number.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    kill(pid, None).is_ok() && !stat.contains(") Z ")
}

#[test]
fn ten_restarts_leak_no_process_and_no_file() {
    let home = tempfile::tempdir().unwrap();
    let temporary = home.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    for round in 0..10 {
        let transport = if round % 2 == 0 { Transport::Tcp } else { Transport::Ipc };
        let environment = ["TMPDIR", "XDG_DATA_HOME", "XDG_CACHE_HOME"]
            .map(|name| (name.to_owned(), temporary.to_string_lossy().into_owned()));
        let options =
            LaunchOptions { transport, environment: environment.to_vec(), ..LaunchOptions::default() };
        let kernel = Kernel::start(&spec(home.path()), options).unwrap();
        let (pid, file) = (pid(&kernel), kernel.connection_file());
        let restart =
            kernel.ask(Channel::Control, "shutdown_request", &json!({ "restart": true }), PATIENCE).unwrap();
        assert_eq!(restart.content, json!({ "status": "ok", "restart": true }));
        assert!(kernel.process().wait(Duration::from_secs(5)).unwrap(), "still there after a shutdown");
        let socket = Path::new(&kernel.connection().ip).with_file_name("socket-1");
        assert!(!socket.exists(), "the socket's file is left");
        drop(kernel);
        assert!(!is_alive(pid) && !file.exists());
    }
    let left: Vec<_> =
        std::fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new(), "files are left");
}

#[test]
fn a_killed_kernel_leaves_no_private_file() {
    let home = tempfile::tempdir().unwrap();
    let temporary = home.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let environment = vec![("TMPDIR".to_owned(), temporary.to_string_lossy().into_owned())];
    let kernel =
        Kernel::start(&spec(home.path()), LaunchOptions { environment, ..LaunchOptions::default() }).unwrap();
    kernel.process().kill().unwrap();
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn sigterm_ends_a_kernel_even_while_a_cell_runs() {
    let frontend = Frontend::start().undrained();
    let _cell = frontend.execute("sleep", &Default::default()).unwrap();
    kill(pid(&frontend), Signal::SIGTERM).unwrap();
    assert!(frontend.process().wait(Duration::from_secs(5)).unwrap());
}

#[test]
fn a_kernel_ends_when_its_parent_dies() {
    let home = tempfile::tempdir().unwrap();
    let template = Kernel::start(&spec(home.path()), LaunchOptions::default()).unwrap();
    let mut connection = template.connection().clone();
    connection.transport = Transport::Ipc;
    connection.ip = home.path().join("s").to_string_lossy().into_owned();
    let file = home.path().join("c.json");
    std::fs::write(&file, serde_json::to_string(&connection).unwrap()).unwrap();
    // A shell starts the kernel, says its number, and waits to be killed.
    let script = r#"JPY_PARENT_PID=$$ "$0" "$1" & echo $! > "$2.tmp"; mv "$2.tmp" "$2"; wait"#;
    let number = home.path().join("pid");
    let mut parent = Command::new("sh")
        .args(["-c", script])
        .args([&echo_program(), &file, &number])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the kernel's number", || number.exists());
    let kernel = Pid::from_raw(std::fs::read_to_string(&number).unwrap().trim().parse().unwrap());
    let listens = || {
        std::os::unix::net::UnixStream::connect(format!("{}-{}", connection.ip, connection.shell_port))
            .is_ok()
    };
    eventually("the kernel listens", listens);
    parent.kill().unwrap();
    parent.wait().unwrap();
    eventually("the orphan ends", || !is_alive(kernel));
    assert!(!Path::new(&format!("{}-{}", connection.ip, connection.shell_port)).exists());
}

#[test]
fn dropping_a_kernel_kills_it() {
    let home = tempfile::tempdir().unwrap();
    let kernel = launch(home.path(), Transport::Tcp);
    let pid = pid(&kernel);
    drop(kernel);
    assert!(!is_alive(pid));
}

#[test]
fn a_stale_socket_file_is_replaced_and_a_live_one_is_not() {
    let home = tempfile::tempdir().unwrap();
    let kernel = launch(home.path(), Transport::Ipc);
    let connection = kernel.connection().clone();
    let file = kernel.connection_file();
    let second = Command::new(echo_program()).arg(&file).stderr(Stdio::piped()).output().unwrap();
    let complaint = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && complaint.contains("another kernel listens there"), "{complaint}");

    kernel.process().kill().unwrap();
    assert!(Path::new(&format!("{}-1", connection.ip)).exists(), "a killed kernel leaves its sockets");
    let mut third = Command::new(echo_program()).arg(&file).spawn().unwrap();
    let client = fram_jupyter::client::KernelClient::connect(&connection, PATIENCE).unwrap();
    assert_eq!(client.kernel_info(PATIENCE).unwrap()["status"], "ok");
    client.send(Channel::Control, "shutdown_request", &json!({}));
    assert!(third.wait().unwrap().success());
}

#[test]
fn connection_files_that_cannot_be_served_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let kernel = launch(home.path(), Transport::Tcp);
    let good = serde_json::to_value(kernel.connection()).unwrap();
    let cases = [
        ("signature_scheme", json!("hmac-md5"), "Scheme"),
        ("curve_publickey", json!("abc"), "Curve"),
        ("shell_port", json!(0), "its port is 0"),
        ("shell_port", json!(kernel.connection().hb_port), "AddrInUse"),
        ("ip", json!("no such host"), "no such host"),
        ("hb_port", json!("text"), "Syntax"),
    ];
    for (field, value, reason) in cases {
        let mut connection = good.clone();
        connection[field] = value;
        let file = home.path().join("bad.json");
        std::fs::write(&file, connection.to_string()).unwrap();
        let ended = Command::new(echo_program()).arg(&file).output().unwrap();
        let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && complaint.contains(reason), "{field}: {complaint}");
    }
}

#[test]
fn a_kernel_that_ends_at_once_is_reported() {
    let home = tempfile::tempdir().unwrap();
    let mut spec = spec(home.path());
    spec.argv = vec!["false".to_owned()];
    let error = Kernel::start(&spec, LaunchOptions::default()).err().unwrap();
    assert!(matches!(error, ClientError::Ended { .. }), "{error}");
    spec.argv = vec!["/no/such/program".to_owned()];
    let error = Kernel::start(&spec, LaunchOptions::default()).err().unwrap();
    assert!(error.to_string().starts_with("cannot start `/no/such/program`"), "{error}");
}

#[test]
fn a_kernel_whose_port_is_taken_meanwhile_is_given_others() {
    let home = tempfile::tempdir().unwrap();
    // The first kernel waits until its port has been taken.
    let script = "cd \"$0\"; if mkdir first; then
        cp \"$2\" asked; touch first/asked; until [ -e first/taken ]; do sleep 0.02; done; fi; exec \"$1\" \"$2\"";
    let folder = home.path().to_string_lossy().into_owned();
    let mut spec = spec(home.path());
    spec.argv = ["sh", "-c", script, &folder].map(str::to_owned).into_iter().chain(spec.argv).collect();
    let first = home.path().join("first");
    let thief = std::thread::spawn(move || {
        eventually("a kernel is started", || first.join("asked").exists());
        let asked = ConnectionInfo::read(&first.with_file_name("asked")).unwrap();
        let taken = TcpListener::bind((asked.ip.as_str(), asked.control_port)).unwrap();
        std::fs::write(first.join("taken"), "").unwrap();
        taken
    });
    let kernel = Kernel::start(&spec, LaunchOptions::default()).unwrap();
    let taken = thief.join().unwrap().local_addr().unwrap();
    assert_ne!(kernel.connection().control_port, taken.port());
    assert!(kernel.kernel_info(PATIENCE).is_ok());
}

#[test]
fn a_kernel_that_dies_in_a_cell_is_reported() {
    let home = tempfile::tempdir().unwrap();
    let kernel = launch(home.path(), Transport::Tcp);
    let cell = kernel.execute("sleep", &Default::default()).unwrap();
    kill(pid(&kernel), Signal::SIGKILL).unwrap();
    let error = cell.finish(PATIENCE).unwrap_err();
    assert_eq!(error.to_string(), "the kernel has ended (signal 9)");
}

#[test]
fn starting_is_quick() {
    let home = tempfile::tempdir().unwrap();
    let mut times: Vec<_> = (0..11)
        .map(|_| {
            let began = Instant::now();
            let kernel = launch(home.path(), Transport::Tcp);
            let took = began.elapsed();
            assert_eq!(
                published(&kernel.execute("x", &Default::default()).unwrap().finish(PATIENCE).unwrap()).len(),
                4
            );
            took
        })
        .collect();
    times.sort();
    println!("from spawn to answer: median {:?}, best {:?}", times[5], times[0]);
    assert!(times[5] < Duration::from_secs(1), "{times:?}");
}
