//! What hosts and people do all day, one small deed after the other; how often is the workday's business.

use std::rc::Rc;

use super::clock::{MINUTE, Moment, SECOND};
use super::domain::{CONTROLLER, FILES};
use super::logons::Way;
use super::process::{Logon, Process, Start};
use super::programs::{self, Binary, LIBRARIES};
use super::recorder::Recorder;
use super::station::{Session, Station};
use super::sysmon::{Access, Connection};

/// A deed and how often it is done.
pub(crate) struct Activity<F> {
    /// The share in all deeds.
    pub(crate) weight: u64,
    /// Records what the deed leaves in the logs.
    pub(crate) act: F,
}

/// Done by a person, in a session, at a moment; all stations are at hand.
pub(crate) type PersonAct = fn(&mut Recorder<'_>, &Session, &[Station], Moment);
/// Done by a host itself.
pub(crate) type HostAct = fn(&mut Recorder<'_>, &Station, Moment);

/// What people do.
pub(crate) static OF_PEOPLE: [Activity<PersonAct>; 7] = [
    Activity { weight: 20, act: browse },
    Activity { weight: 12, act: read_mail },
    Activity { weight: 5, act: write_document },
    Activity { weight: 8, act: open_share },
    Activity { weight: 3, act: use_program },
    Activity { weight: 22, act: use_desktop },
    Activity { weight: 4, act: print },
];

/// What hosts do.
pub(crate) static OF_HOSTS: [Activity<HostAct>; 10] = [
    Activity { weight: 10, act: run_task },
    Activity { weight: 20, act: keep_settings },
    Activity { weight: 12, act: read_settings },
    Activity { weight: 10, act: load_libraries },
    Activity { weight: 10, act: ask_names },
    Activity { weight: 10, act: ask_controller },
    Activity { weight: 22, act: look_at_processes },
    Activity { weight: 5, act: talk_by_pipe },
    Activity { weight: 3, act: change_service },
    Activity { weight: 6, act: tidy_files },
];

const SITES: &[&str] =
    &["news", "maps", "weather", "docs", "crm", "travel", "wiki", "shop", "video", "bank", "fonts", "cdn"];
const SETTINGS: &[&str] = &[
    r"HKLM\System\CurrentControlSet\Services\W32Time\SecureTimeLimits\SecureTimeHigh",
    r"HKLM\System\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\DhcpServer",
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Diagnostics\DiagTrack\HeartBeats",
    r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks\Hash",
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate\LastSyncTime",
    r"HKLM\System\CurrentControlSet\Services\bam\State\UserSettings\SequenceNumber",
];
const KEYS: &[&str] = &[
    r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Control\Lsa",
    r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Control\Terminal Server",
    r"\REGISTRY\MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon",
];
const SERVICES: &[&str] = &[
    "Windows Update",
    "Background Intelligent Transfer Service",
    "Network Setup Service",
    "Windows Modules Installer",
    "Volume Shadow Copy",
];
const FOLDERS: &[&str] = &["Finance", "Contracts", "Personnel", "Projects", "Templates"];

/// The address and the name of a web site: documentation ranges only (RFC 5737).
fn site(recorder: &mut Recorder<'_>) -> (String, String) {
    let range = recorder.random.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    let site = recorder.random.index(SITES.len());
    let copy = recorder.random.between(1, 4);
    (format!("{range}.{}", 10 + 4 * site as i64 + copy), format!("{}{copy}.example.com", SITES[site]))
}

fn browse(recorder: &mut Recorder<'_>, session: &Session, _: &[Station], moment: Moment) {
    let (address, name) = site(recorder);
    let browser = &session.browser;
    recorder.name_asked(moment, browser, &name, &address);
    let connections = recorder.random.between(1, 3);
    for place in 0..connections {
        let to = Connection { address: &address, name: &name, port: 443, initiated: true };
        recorder.connected(moment + 40 + 25 * place, browser, to);
    }
    let user = &session.logon.account.name;
    let file = recorder.random.word(12);
    let path = format!(r"C:\Users\{user}\AppData\Local\Microsoft\Edge\User Data\Default\Cache\f_{file}");
    recorder.file_created(moment + 400, browser, &path);
}

fn read_mail(recorder: &mut Recorder<'_>, session: &Session, _: &[Station], moment: Moment) {
    let mail = &session.mail;
    let to = Connection { address: "192.0.2.25", name: "mail.example.net", port: 443, initiated: true };
    recorder.connected(moment, mail, to);
    let user = &session.logon.account.name;
    if recorder.random.chance(40) {
        let name = recorder.random.word(8);
        recorder.file_created(
            moment + 300,
            mail,
            &format!(r"C:\Users\{user}\AppData\Local\Microsoft\Outlook\RoamCache\Stream_{name}.dat"),
        );
    }
    let value =
        format!(r"HKU\{}\Software\Microsoft\Office\16.0\Outlook\Search\Index", session.logon.account.sid);
    recorder.value_set(moment + 350, mail, &value, "DWORD (0x00000001)");
}

fn write_document(recorder: &mut Recorder<'_>, session: &Session, _: &[Station], moment: Moment) {
    let (program, ending, folder) = if recorder.random.chance(60) {
        (&programs::WINWORD, "docx", "Documents")
    } else {
        (&programs::EXCEL, "xlsx", "Desktop")
    };
    let user = &session.logon.account.name;
    let stem = recorder.random.word(6);
    let path = format!(r"C:\Users\{user}\{folder}\{stem}.{ending}");
    let line = format!("\"{}\" \"{path}\"", program.path);
    // Some documents come by mail, most by a click on the desktop.
    let parent = if recorder.random.chance(25) { &session.mail } else { &session.desktop };
    let libraries = some_libraries(recorder, 6);
    let document = recorder.start(moment, Start::child(parent, program, &line), &libraries);
    let lock = format!(r"C:\Users\{user}\{folder}\~${stem}.{ending}");
    recorder.file_created(moment + 900, &document, &lock);
    let value = format!(r"HKU\{}\Software\Microsoft\Office\16.0\File MRU\Item 1", session.logon.account.sid);
    recorder.value_set(moment + 1_100, &document, &value, &path);
    if recorder.random.chance(30) {
        let line = "C:\\Windows\\splwow64.exe 12288";
        recorder.run(moment + 40 * SECOND, Start::child(&document, &programs::SPLWOW, line), MINUTE);
    }
    let minutes = recorder.random.between(2, 25);
    recorder.file_created(moment + minutes * MINUTE - 30 * SECOND, &document, &path);
    recorder.file_deleted(moment + minutes * MINUTE - SECOND, &document, &lock, false);
    recorder.process_ended(moment + minutes * MINUTE, &document);
}

fn open_share(recorder: &mut Recorder<'_>, session: &Session, stations: &[Station], moment: Moment) {
    let from = session.logon.host;
    let server = &stations[FILES];
    let kernel = stations[from].kernel();
    let (address, name) = (recorder.host(FILES).address.clone(), recorder.host(FILES).full_name.clone());
    recorder.connected(
        moment,
        kernel,
        Connection { address: &address, name: &name, port: 445, initiated: true },
    );
    let (address, name) = (recorder.host(from).address.clone(), recorder.host(from).full_name.clone());
    let called = Connection { address: &address, name: &name, port: 445, initiated: false };
    recorder.connected(moment + 20, server.kernel(), called);
    let account = Rc::clone(&session.logon.account);
    if recorder.random.chance(30) {
        recorder.ticket_given(moment + 30, &account, from, FILES);
    }
    let logon = Logon { host: FILES, id: 0, guid: String::new(), account, session: 0, integrity: "Medium" };
    let logon = recorder.new_logon(moment + 40, FILES, logon);
    recorder.logged_on(moment + 40, &logon, Way::Network(from), None);
    let file = format!(r"{}\{}.docx", recorder.random.pick(FOLDERS), recorder.random.word(6));
    recorder.share_opened(moment + 60, &logon, from, ("Shared", r"D:\Shared"), &file);
    let minutes = recorder.random.between(1, 15);
    recorder.logged_off(moment + minutes * MINUTE, &logon, Way::Network(from));
}

fn use_program(recorder: &mut Recorder<'_>, session: &Session, _: &[Station], moment: Moment) {
    let desktop = &session.desktop;
    let seconds = recorder.random.between(5, 400) * SECOND;
    match recorder.random.below(4) {
        0 => {
            let shell = recorder.run(moment, Start::child(desktop, &programs::CMD, ""), seconds + 2 * SECOND);
            recorder.run(moment + SECOND, Start::child(&shell, &programs::IPCONFIG, "ipconfig"), 400);
        }
        1 => {
            let line = "\"C:\\Windows\\System32\\rundll32.exe\" shell32.dll,Control_RunDLL timedate.cpl";
            recorder.run(moment, Start::child(desktop, &programs::RUNDLL, line), seconds);
        }
        _ => {
            let user = &session.logon.account.name;
            let line = format!(r"notepad.exe C:\Users\{user}\Desktop\notes.txt");
            let libraries = some_libraries(recorder, 3);
            let editor = recorder.start(moment, Start::child(desktop, &programs::NOTEPAD, &line), &libraries);
            recorder.process_ended(moment + seconds, &editor);
        }
    }
}

fn use_desktop(recorder: &mut Recorder<'_>, session: &Session, _: &[Station], moment: Moment) {
    let sid = &session.logon.account.sid;
    let base = format!(r"HKU\{sid}\Software\Microsoft\Windows\CurrentVersion\Explorer");
    let number = recorder.random.between(0, 40);
    recorder.key_created(moment, &session.desktop, &format!(r"{base}\SessionInfo\{number}"));
    for place in 0..recorder.random.between(1, 3) {
        let value = format!(r"{base}\UserAssist\Count\{}", recorder.random.hex(12));
        recorder.value_set(moment + 5 + 3 * place, &session.desktop, &value, "Binary Data");
    }
}

fn print(recorder: &mut Recorder<'_>, session: &Session, stations: &[Station], moment: Moment) {
    let spooler = stations[session.logon.host].resident(&programs::SPOOLER);
    recorder.pipe(moment, &session.browser, r"\spoolss", false);
    let number = recorder.random.between(2, 99_999);
    let path = format!(r"C:\Windows\System32\spool\PRINTERS\{number:05}.SPL");
    recorder.file_created(moment + 100, spooler, &path);
    recorder.file_deleted(moment + 9 * SECOND, spooler, &path, false);
}

fn run_task(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let tasks: [(&'static Binary, &str); 5] = [
        (&programs::TASKHOST, "taskhostw.exe"),
        (&programs::WMIPRVSE, r"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding"),
        (
            &programs::DLLHOST,
            r"C:\Windows\system32\DllHost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}",
        ),
        (&programs::BROKER, r"C:\Windows\System32\RuntimeBroker.exe -Embedding"),
        (&programs::SVCHOST, r"C:\Windows\system32\svchost.exe -k netsvcs -p -s wuauserv"),
    ];
    let (program, line) = tasks[recorder.random.index(tasks.len())];
    let parent = if *program == programs::SVCHOST { &programs::SERVICES } else { &programs::SVCHOST };
    let libraries = some_libraries(recorder, 5);
    let task = recorder.start(moment, Start::child(station.resident(parent), program, line), &libraries);
    let seconds = recorder.random.between(2, 240);
    recorder.process_ended(moment + seconds * SECOND, &task);
}

fn keep_settings(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let process = a_service(recorder, station);
    for place in 0..recorder.random.between(1, 4) {
        remember(recorder, &process, moment + 4 * place);
    }
}

/// A process sets one value: one event exactly.
pub(crate) fn remember(recorder: &mut Recorder<'_>, process: &Process, moment: Moment) {
    let value = recorder.random.pick(SETTINGS);
    let details = format!("QWORD (0x{:08x}-0x{:08x})", 0x01db_6000, recorder.random.below(0xffff_ffff));
    recorder.value_set(moment, process, value, &details);
}

fn read_settings(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let process = a_service(recorder, station);
    let key = recorder.random.pick(KEYS);
    recorder.key_opened(moment, &process, key);
}

fn load_libraries(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let process = a_service(recorder, station);
    for (place, library) in some_libraries(recorder, 4).into_iter().enumerate() {
        recorder.image_loaded(moment + 2 * place as Moment, &process, library);
    }
}

fn ask_names(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let process = a_service(recorder, station);
    let (address, name) = site(recorder);
    let unknown = recorder.random.chance(10);
    recorder.name_asked(moment, &process, &name, if unknown { "" } else { &address });
}

/// A host asks the controller who may do what; its own account logs on there.
fn ask_controller(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let port = [88, 389, 53, 135][recorder.random.index(4)];
    let (address, name) =
        (recorder.host(CONTROLLER).address.clone(), recorder.host(CONTROLLER).full_name.clone());
    let lsass = station.resident(&programs::LSASS);
    recorder.connected(moment, lsass, Connection { address: &address, name: &name, port, initiated: true });
    if recorder.random.chance(35) {
        let account = super::domain::Account::new(
            &recorder.domain.name,
            &recorder.domain.machine_account(station.host),
            "S-1-5-18",
        );
        let logon =
            Logon { host: CONTROLLER, id: 0, guid: String::new(), account, session: 0, integrity: "System" };
        let logon = recorder.new_logon(moment + 30, CONTROLLER, logon);
        recorder.logged_on(moment + 30, &logon, Way::Network(station.host), None);
        recorder.logged_off(moment + 12 * SECOND, &logon, Way::Network(station.host));
    }
}

/// Services look at each other with few rights.
fn look_at_processes(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let trace = r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|C:\Windows\System32\KERNELBASE.dll+2c13e|C:\Windows\system32\psmserviceexthost.dll+1a172";
    for place in 0..recorder.random.between(1, 4) {
        let (source, target) = (a_service(recorder, station), a_service(recorder, station));
        let granted = recorder.random.pick(&["0x1000", "0x1000", "0x1400", "0x3000", "0x101541"]);
        recorder.process_accessed(moment + 6 * place, &source, &target, Access { granted, trace });
    }
    if recorder.random.chance(2) {
        let csrss = station.resident(&programs::CSRSS);
        let target = a_service(recorder, station);
        recorder.thread_created(moment + 40, csrss, &target);
    }
}

fn talk_by_pipe(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let name = recorder.random.pick(&[
        r"\wkssvc",
        r"\srvsvc",
        r"\lsass",
        r"\ntsvcs",
        r"\eventlog",
        r"\InitShutdown",
    ]);
    let made = recorder.random.chance(20);
    let process = a_service(recorder, station);
    recorder.pipe(moment, &process, name, made);
}

fn change_service(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let name = recorder.random.pick(SERVICES);
    recorder.service_changed(moment, station.host, name, "running");
    let minutes = recorder.random.between(1, 10);
    recorder.service_changed(moment + minutes * MINUTE, station.host, name, "stopped");
}

fn tidy_files(recorder: &mut Recorder<'_>, station: &Station, moment: Moment) {
    let process = a_service(recorder, station);
    let path = format!(r"C:\Windows\Temp\{}.tmp", recorder.random.word(8));
    recorder.file_created(moment, &process, &path);
    if recorder.random.chance(60) {
        recorder.file_deleted(moment + 20 * SECOND, &process, &path, false);
    }
}

/// A resident process with an image of its own.
fn a_service(recorder: &mut Recorder<'_>, station: &Station) -> Rc<Process> {
    let place = 1 + recorder.random.index(station.resident.len() - 1);
    Rc::clone(&station.resident[place])
}

/// Up to `most` different libraries, in the order of loading.
fn some_libraries(recorder: &mut Recorder<'_>, most: i64) -> Vec<&'static Binary> {
    let count = recorder.random.between(1, most) as usize;
    let first = recorder.random.index(LIBRARIES.len());
    (0..count).map(|place| LIBRARIES[(first + 5 * place) % LIBRARIES.len()]).collect()
}
