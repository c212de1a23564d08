//! What resembles the intrusion but is honest work: a management agent that reports home on the minute, an
//! administrator with PowerShell and PsExec, jobs at night, forgotten passwords.

use std::rc::Rc;

use super::clock::{HOUR, MINUTE, Moment, SECOND};
use super::domain::{Account, CONTROLLER, FILES, FIRST_WORKSTATION, TERMINAL};
use super::logons::Way;
use super::process::{Logon, Process, Start};
use super::programs;
use super::recorder::Recorder;
use super::script::encoded;
use super::station::Station;
use super::sysmon::{Access, Connection};

/// The first heartbeat, and no heartbeat after this.
const HEARTBEATS: (Moment, Moment) = (5 * HOUR, 19 * HOUR);
/// Between two heartbeats.
const HEARTBEAT: Moment = 30 * MINUTE;

/// Records all of it.
pub(crate) fn play(recorder: &mut Recorder<'_>, stations: &[Station]) {
    for station in stations {
        heartbeats(recorder, station);
        inventory(recorder, station);
        scan(recorder, station);
    }
    back_up(recorder, &stations[FILES]);
    install_update(recorder, &stations[TERMINAL]);
    administer(recorder, stations);
    forget_passwords(recorder, stations);
}

/// The agent reports to the collector, as regularly as any beacon, but inside the network.
fn heartbeats(recorder: &mut Recorder<'_>, station: &Station) {
    let agent = station.resident(&programs::KEEL);
    let name = recorder.domain.collector.clone();
    let address = recorder.domain.collector_address.clone();
    let mut moment = HEARTBEATS.0 + recorder.random.between(0, HEARTBEAT);
    while moment < HEARTBEATS.1 {
        let off = recorder.random.between(0, 900);
        recorder.connected(
            moment + off,
            agent,
            Connection { address: &address, name: &name, port: 8443, initiated: true },
        );
        moment += HEARTBEAT;
    }
}

/// The agent takes stock with an encoded PowerShell command.
fn inventory(recorder: &mut Recorder<'_>, station: &Station) {
    let script = "Get-CimInstance Win32_Product | Select-Object Name, Version | ConvertTo-Json -Compress";
    let line = format!("powershell.exe -NoProfile -NonInteractive -EncodedCommand {}", encoded(script));
    let moment = 7 * HOUR + recorder.random.between(0, 9 * HOUR);
    let agent = station.resident(&programs::KEEL);
    let libraries = [&programs::CLR, &programs::AMSI, &programs::AUTOMATION];
    let shell = recorder.start(moment, Start::child(agent, &programs::POWERSHELL, &line), &libraries);
    recorder.script_given(moment + 500, &shell, script);
    recorder.process_ended(moment + 14 * SECOND, &shell);
}

/// The virus scanner reads the memory of every process, of the one with the credentials too.
fn scan(recorder: &mut Recorder<'_>, station: &Station) {
    let (scanner, lsass) = (station.resident(&programs::SCANNER), station.resident(&programs::LSASS));
    let trace = r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|C:\Windows\System32\KERNELBASE.dll+2c13e|C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.23110.3-0\mpsvc.dll+11a2f0";
    for _ in 0..3 {
        let moment = recorder.random.between(5 * HOUR, 18 * HOUR);
        recorder.process_accessed(moment, scanner, lsass, Access { granted: "0x1410", trace });
    }
}

/// A batch job copies the shared files early in the morning and packs them in the evening.
fn back_up(recorder: &mut Recorder<'_>, station: &Station) {
    let account = Rc::clone(&recorder.domain.backup);
    let scheduler = station.resident(&programs::SVCHOST);
    let copy = r"robocopy.exe D:\Shared E:\Backup\Shared /MIR /R:1 /W:1 /LOG:E:\Backup\shared.log";
    let pack = format!("\"{}\" a -mx=1 E:\\Backup\\shared.7z E:\\Backup\\Shared", programs::SEVENZIP.path);
    let jobs = [
        (4 * HOUR + 40 * MINUTE, &programs::ROBOCOPY, copy),
        (17 * HOUR + 30 * MINUTE, &programs::SEVENZIP, pack.as_str()),
    ];
    for (moment, program, line) in jobs {
        let logon = job_logon(recorder, moment, station.host, &account);
        recorder.logged_on(moment, &logon, Way::Batch, Some(scheduler));
        let start = Start::child(scheduler, program, line).on(&logon);
        let job = recorder.run(moment + 800, start, 11 * MINUTE);
        for part in 0..12 {
            let path = format!(r"E:\Backup\Shared\part{part:02}.dat");
            recorder.file_created(moment + (40 + 40 * part) * SECOND, &job, &path);
        }
        recorder.logged_off(moment + 12 * MINUTE, &logon, Way::Batch);
    }
}

fn job_logon(recorder: &mut Recorder<'_>, moment: Moment, host: usize, account: &Rc<Account>) -> Rc<Logon> {
    let logon = Logon {
        host,
        id: 0,
        guid: String::new(),
        account: Rc::clone(account),
        session: 0,
        integrity: "High",
    };
    recorder.new_logon(moment, host, logon)
}

/// The browser's updater installs a service and a task.
fn install_update(recorder: &mut Recorder<'_>, station: &Station) {
    let moment = 9 * HOUR + recorder.random.between(0, 5 * HOUR);
    let system = station.system();
    let command = "\"C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe\" /svc";
    recorder.service_installed(moment, system, "edgeupdate", command);
    recorder.service_changed(
        moment + 900,
        station.host,
        "Microsoft Edge Update Service (edgeupdate)",
        "running",
    );
    recorder.task_made(moment + 2_000, system, r"\MicrosoftEdgeUpdateTaskMachineUA", command);
}

/// The administrator uses another account for administration: a shell, questions to the directory, PsExec.
fn administer(recorder: &mut Recorder<'_>, stations: &[Station]) {
    let station = &stations[FIRST_WORKSTATION];
    let session = &station.sessions[0];
    let moment = 8 * HOUR + 10 * MINUTE + recorder.random.between(0, 3 * HOUR);
    let admin = Rc::clone(&recorder.domain.admin);
    recorder.password_used(moment, &session.desktop, &admin, station.host);
    let logon = Logon {
        host: station.host,
        id: 0,
        guid: String::new(),
        account: Rc::clone(&admin),
        session: 1,
        integrity: "High",
    };
    let logon = recorder.new_logon(moment + 20, station.host, logon);
    recorder.logged_on(moment + 20, &logon, Way::Interactive, Some(&session.desktop));
    let line = "\"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe\" -NoExit";
    let libraries = [&programs::CLR, &programs::AMSI, &programs::AUTOMATION];
    let start = Start::child(&session.desktop, &programs::POWERSHELL, line).on(&logon);
    let shell = recorder.start(moment + 200, start, &libraries);
    recorder.script_given(moment + 40 * SECOND, &shell, "Get-ADUser -Filter * -Properties LastLogonDate");
    recorder.run(moment + 70 * SECOND, Start::child(&shell, &programs::WHOAMI, ""), 900);
    recorder.run(
        moment + 95 * SECOND,
        Start::child(&shell, &programs::GPUPDATE, "\"C:\\Windows\\system32\\gpupdate.exe\" /force"),
        20 * SECOND,
    );
    look_remotely(recorder, &stations[CONTROLLER], &shell, moment + 4 * MINUTE);
    recorder.process_ended(moment + 40 * MINUTE, &shell);
    recorder.logged_off(moment + 40 * MINUTE + SECOND, &logon, Way::Interactive);
}

/// PsExec, as an administrator uses it.
fn look_remotely(recorder: &mut Recorder<'_>, target: &Station, shell: &Rc<Process>, moment: Moment) {
    let (from, to) = (shell.logon.host, target.host);
    let line = format!(r"C:\Tools\PsExec64.exe \\{} ipconfig /all", recorder.host(to).name);
    let tool = recorder.run(moment, Start::child(shell, &programs::PSEXEC, &line), 9_000);
    recorder.value_set(
        moment + 30,
        &tool,
        r"HKU\S-1-5-21\Software\Sysinternals\PsExec\EulaAccepted",
        "DWORD (0x00000001)",
    );
    let (address, name) = (recorder.host(to).address.clone(), recorder.host(to).full_name.clone());
    recorder.connected(
        moment + 200,
        &tool,
        Connection { address: &address, name: &name, port: 445, initiated: true },
    );
    let account = Rc::clone(&shell.logon.account);
    recorder.ticket_given(moment + 240, &account, from, to);
    let logon = job_logon(recorder, moment + 300, to, &account);
    recorder.logged_on(moment + 300, &logon, Way::Network(from), None);
    recorder.share_opened(moment + 400, &logon, from, ("ADMIN$", r"C:\Windows"), "PSEXESVC.exe");
    recorder.service_installed(moment + 700, &logon, "PSEXESVC", r"%SystemRoot%\PSEXESVC.exe");
    let services = target.resident(&programs::SERVICES);
    let start = Start::child(services, &programs::PSEXESVC, r"C:\Windows\PSEXESVC.exe");
    let service = recorder.run(moment + 1_100, start, 7_000);
    recorder.pipe(moment + 1_200, &service, r"\PSEXESVC", true);
    recorder.run(moment + 1_600, Start::child(&service, &programs::IPCONFIG, "\"ipconfig\" /all"), 700);
    recorder.logged_off(moment + 9_500, &logon, Way::Network(from));
}

/// People mistype their passwords in the morning.
fn forget_passwords(recorder: &mut Recorder<'_>, stations: &[Station]) {
    for station in stations {
        for session in &station.sessions {
            let account = Rc::clone(&session.logon.account);
            for _ in 0..recorder.random.between(0, 2) {
                let moment = session.begins - 8 * MINUTE - recorder.random.between(5, 90) * SECOND;
                recorder.logon_failed(moment, station.host, &account, Way::Interactive);
            }
        }
    }
}
