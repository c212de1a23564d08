//! What a hunter may rely on in every sample, whatever the seed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;

/// A sample, read back.
struct Sample {
    summary: Summary,
    events: Vec<Value>,
}

impl Sample {
    fn new(seed: u64, events: usize) -> Self {
        let mut lines = Vec::new();
        let summary = winevents(seed, events, &mut lines).unwrap();
        let events = String::from_utf8(lines)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Self { summary, events }
    }

    /// Events of Sysmon (or of another log whose name ends so) with this id.
    fn of(&self, channel: &str, id: i64) -> impl Iterator<Item = &Value> {
        let ending = channel.to_lowercase();
        self.events.iter().filter(move |event| {
            event["EventID"] == id && text(event, "Channel").to_lowercase().contains(&ending)
        })
    }
}

fn text<'a>(event: &'a Value, key: &str) -> &'a str {
    event[key].as_str().unwrap_or_else(|| panic!("no {key} in {event}"))
}

fn is(event: &Value, key: &str, ending: &str) -> bool {
    event[key].as_str().is_some_and(|value| value.to_lowercase().ends_with(ending))
}

#[test]
fn a_seed_stands_for_its_bytes() {
    let (mut once, mut again, mut other) = (Vec::new(), Vec::new(), Vec::new());
    winevents(1, DEFAULT_EVENTS, &mut once).unwrap();
    winevents(1, DEFAULT_EVENTS, &mut again).unwrap();
    winevents(2, DEFAULT_EVENTS, &mut other).unwrap();
    assert!(once == again, "the same seed gave two samples");
    assert!(once != other, "two seeds gave one sample");
    let hash: String = Sha256::digest(&once).iter().map(|byte| format!("{byte:02x}")).collect();
    expect_test::expect!["a495f7d3ed665df0a3287ae031e6368592f1b6c12fda13bc13405e7b378f90c5"].assert_eq(&hash);
}

#[test]
fn the_notebooks_read_seed_1() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks/data/winevents.ndjson.gz");
    let (mut kept, mut made) = (Vec::new(), Vec::new());
    io::Read::read_to_end(&mut flate2::read::GzDecoder::new(File::open(path).unwrap()), &mut kept).unwrap();
    winevents(1, DEFAULT_EVENTS, &mut made).unwrap();
    assert!(kept == made, "make it anew: fram sample winevents --seed 1 notebooks/data/winevents.ndjson.gz");
}

#[test]
fn there_are_as_many_events_as_asked_for() {
    for events in [MINIMUM_EVENTS, 2_345, 5_000, DEFAULT_EVENTS] {
        let sample = Sample::new(7, events);
        assert_eq!(sample.events.len(), events);
        assert_eq!(sample.summary.events, events);
    }
}

#[test]
fn too_few_events_are_refused() {
    for events in [0, 1, 100, MINIMUM_EVENTS - 1] {
        let error = winevents(1, events, &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains("need 2000"), "{error}");
    }
}

#[test]
fn the_least_sample_holds_what_is_fixed() {
    for seed in 50..90 {
        let mut lines = Vec::new();
        let summary = winevents(seed, MINIMUM_EVENTS, &mut lines).unwrap();
        assert_eq!(summary.events, MINIMUM_EVENTS, "seed {seed}");
    }
}

#[test]
fn the_number_of_events_does_not_change_the_intrusion() {
    let (small, large) = (Sample::new(11, 3_000).summary, Sample::new(11, 9_000).summary);
    assert_eq!(Summary { events: 0, ..small }, Summary { events: 0, ..large });
}

#[test]
fn events_come_in_order() {
    let sample = Sample::new(3, DEFAULT_EVENTS);
    let times: Vec<&str> = sample.events.iter().map(|event| text(event, "@timestamp")).collect();
    assert!(times.is_sorted());
    let mut numbers: BTreeMap<(String, String), i64> = BTreeMap::new();
    for event in &sample.events {
        let log = (text(event, "Hostname").to_owned(), text(event, "Channel").to_owned());
        let number = event["RecordNumber"].as_i64().unwrap();
        if let Some(before) = numbers.insert(log, number) {
            assert_eq!(number, before + 1);
        }
    }
}

#[test]
fn every_event_has_the_shape_of_real_ones() {
    let sample = Sample::new(5, DEFAULT_EVENTS);
    for event in &sample.events {
        assert!(event["EventID"].is_i64() && event["ThreadID"].is_i64() && event["Task"].is_i64());
        assert_eq!(event["tags"], serde_json::json!(["framSample"]));
        assert_eq!(event["@version"], "1");
        assert!(event["ProcessId"].is_string() || event["ProcessId"].is_null());
    }
    let channels: BTreeSet<&str> = sample.events.iter().map(|event| text(event, "Channel")).collect();
    assert!(channels.contains("Security") && channels.contains("security"), "{channels:?}");
    assert!(
        sample
            .of("security", 5156)
            .all(|event| event["ProcessID"].is_string() && event["ProcessId"].is_null())
    );
    assert!(sample.of("security", 4688).all(|event| text(event, "ProcessId").starts_with("0x")));
    assert!(sample.of("security", 4624).all(|event| text(event, "Message").contains("\r\n\t")));
}

#[test]
fn parents_began_before_their_children() {
    for seed in [1, 2, 3] {
        let sample = Sample::new(seed, 8_000);
        let mut begun: BTreeMap<String, (String, String)> = BTreeMap::new();
        for event in sample.of("sysmon", 1) {
            let (host, image) = (text(event, "Hostname").to_owned(), text(event, "Image").to_owned());
            match begun.get(text(event, "ParentProcessGuid")) {
                Some((parent_host, parent_image)) => {
                    assert_eq!(parent_host, &host);
                    assert_eq!(parent_image, text(event, "ParentImage"));
                }
                // The only process that nobody saw begin is the kernel.
                None => assert_eq!(
                    (event["ParentImage"].as_str(), &event["ParentProcessId"]),
                    (Some("System"), &"4".into())
                ),
            }
            let known = begun.insert(text(event, "ProcessGuid").to_owned(), (host, image));
            assert!(known.is_none(), "two processes with one GUID: {event}");
        }
    }
}

#[test]
fn only_the_living_act() {
    for seed in [1, 4, 9] {
        let sample = Sample::new(seed, 12_000);
        let mut living: BTreeSet<&str> = BTreeSet::new();
        let mut pids: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for event in &sample.events {
            if !text(event, "Channel").contains("Sysmon") {
                continue;
            }
            let guid = event["ProcessGuid"].as_str().or(event["SourceProcessGUID"].as_str());
            let guid = guid.unwrap_or_else(|| text(event, "SourceProcessGuid"));
            match event["EventID"].as_i64() {
                Some(1) => {
                    let pid = (text(event, "Hostname"), text(event, "ProcessId"));
                    assert!(living.insert(guid));
                    if let Some(before) = pids.insert(pid, guid) {
                        assert!(!living.contains(before), "a process id is in use: {event}");
                    }
                }
                Some(5) => assert!(living.remove(guid), "nobody ended: {event}"),
                _ => assert!(living.contains(guid) || guid.contains("-0000-0000-"), "the dead act: {event}"),
            }
        }
    }
}

#[test]
fn processes_belong_to_logons_that_were_seen() {
    let sample = Sample::new(6, DEFAULT_EVENTS);
    let logons: BTreeSet<(&str, &str)> = sample
        .of("security", 4624)
        .map(|event| (text(event, "Hostname"), text(event, "TargetLogonId")))
        .collect();
    for event in sample.of("sysmon", 1) {
        let logon = (text(event, "Hostname"), text(event, "LogonId"));
        assert!(logons.contains(&logon), "{event}");
    }
    assert!(
        sample
            .of("security", 4634)
            .all(|event| logons.contains(&(text(event, "Hostname"), text(event, "TargetLogonId"))))
    );
}

#[test]
fn both_logs_tell_of_the_same_processes() {
    let sample = Sample::new(8, DEFAULT_EVENTS);
    assert_eq!(sample.of("sysmon", 1).count(), sample.of("security", 4688).count());
    assert_eq!(sample.of("sysmon", 3).count(), sample.of("security", 5156).count());
    assert_eq!(sample.of("sysmon", 5).count(), sample.of("security", 4689).count());
}

#[test]
fn the_day_has_a_rhythm() {
    let sample = Sample::new(2, DEFAULT_EVENTS);
    let within =
        |hour: &str| sample.events.iter().filter(|event| text(event, "@timestamp")[11..13] == *hour).count();
    assert!(within("09") > 4 * within("05"), "the morning is busier than the night");
    assert!(within("11") < within("09") && within("11") < within("14"), "lunch is quieter");
    assert!(within("19") * 4 < within("14"), "the evening is quiet");
}

#[test]
fn the_intrusion_can_be_found_whatever_the_seed() {
    for seed in 0..50 {
        let sample = Sample::new(seed, 2_500);
        let truth = &sample.summary;
        let shells: Vec<&Value> = sample
            .of("sysmon", 1)
            .filter(|event| is(event, "ParentImage", "winword.exe") && is(event, "Image", "powershell.exe"))
            .collect();
        assert_eq!(shells.len(), 1, "seed {seed}");
        assert_eq!(text(shells[0], "ProcessGuid"), truth.beacon_guid, "seed {seed}");
        assert_eq!(text(shells[0], "Hostname"), truth.first_host);
        assert_eq!(text(shells[0], "User"), truth.user);
        assert!(text(shells[0], "CommandLine").contains("-EncodedCommand"));
        assert!(text(shells[0], "ParentCommandLine").contains(&truth.document));
        assert_eq!(
            steady_callers(&sample),
            [(truth.beacon_guid.as_str(), truth.beacon_address.as_str())],
            "seed {seed}"
        );
        let dumpers: Vec<&Value> = sample
            .of("sysmon", 10)
            .filter(|event| is(event, "TargetImage", "lsass.exe") && !is(event, "SourceImage", "msmpeng.exe"))
            .filter(|event| ["0x1010", "0x1410"].contains(&text(event, "GrantedAccess")))
            .collect();
        assert_eq!(dumpers.len(), 1, "seed {seed}");
        assert_eq!(text(dumpers[0], "SourceProcessGUID"), truth.credential_process_guid);
        let elsewhere: BTreeSet<&str> = sample
            .of("sysmon", 3)
            .filter(|event| {
                text(event, "DestinationIp") == truth.beacon_address && is(event, "Image", "powershell.exe")
            })
            .map(|event| text(event, "Hostname"))
            .collect();
        assert_eq!(
            elsewhere,
            BTreeSet::from([truth.first_host.as_str(), truth.second_host.as_str()]),
            "seed {seed}"
        );
        let cleared: Vec<&str> = sample.of("security", 1102).map(|event| text(event, "Hostname")).collect();
        assert_eq!(cleared, [truth.second_host.as_str()], "seed {seed}");
    }
}

/// Processes that call an address outside at equal intervals, as the notebook looks for them: at least 20 calls, and
/// a standard deviation below a tenth of the mean.
fn steady_callers(sample: &Sample) -> Vec<(&str, &str)> {
    let mut calls: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for event in sample.of("sysmon", 3).filter(|event| !text(event, "DestinationIp").starts_with("10.")) {
        let time = text(event, "UtcTime")[11..]
            .split(':')
            .fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap());
        calls.entry((text(event, "ProcessGuid"), text(event, "DestinationIp"))).or_default().push(time);
    }
    let steady = |times: &Vec<f64>| {
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        times.len() >= 20 && variance.sqrt() < mean / 10.0
    };
    calls.into_iter().filter(|(_, times)| steady(times)).map(|(caller, _)| caller).collect()
}

#[test]
fn connections_are_counted_rightly() {
    for seed in [0, 13, 31] {
        let sample = Sample::new(seed, 6_000);
        let truth = &sample.summary;
        let calls = sample.of("sysmon", 3).filter(|event| {
            text(event, "ProcessGuid") == truth.beacon_guid
                && text(event, "DestinationIp") == truth.beacon_address
        });
        assert_eq!(calls.count(), truth.beacon_connections);
        assert!(truth.beacon_connections >= 20);
    }
}

#[test]
fn a_packed_file_is_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("a.ndjson.gz"), folder.path().join("b.ndjson.GZ")];
    let summaries = paths.each_ref().map(|path| winevents_file(1, 3_000, path).unwrap());
    assert_eq!(summaries[0], summaries[1]);
    let packed = paths.each_ref().map(|path| std::fs::read(path).unwrap());
    assert!(packed[0] == packed[1]);
    assert_eq!(packed[0][4..8], [0; 4], "the header holds no time");
    let mut plain = String::new();
    io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed[0].as_slice()), &mut plain).unwrap();
    let path = folder.path().join("a.ndjson");
    winevents_file(1, 3_000, &path).unwrap();
    assert!(plain == std::fs::read_to_string(&path).unwrap());
    assert_eq!(plain.lines().count(), 3_000);
}

#[test]
fn no_file_is_made_for_too_few_events() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("few.ndjson");
    assert!(winevents_file(1, 10, &path).is_err());
    assert!(!path.exists());
}
