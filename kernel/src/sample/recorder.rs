//! Takes events as they are thought up and writes them in the order in which they reach the collector; what an event
//! says is `sysmon` and `security`'s business.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};
use std::rc::Rc;

use super::clock::Moment;
use super::domain::{Domain, Host};
use super::process::{Logon, Process, Start};
use super::programs::Binary;
use super::random::Random;
use super::record::Record;

/// The queue of events to come, and what numbers them.
pub(crate) struct Recorder<'w> {
    /// The domain whose events are recorded.
    pub(crate) domain: Rc<Domain>,
    /// Chance, for whatever happens next.
    pub(crate) random: Random,
    counters: Vec<Counters>,
    queue: BinaryHeap<Reverse<Waiting>>,
    recorded: usize,
    writer: &'w mut dyn Write,
    line: String,
}

/// What a host has numbered so far.
#[derive(Debug, Default, Clone)]
struct Counters {
    processes: u16,
    resident: u32,
    passing: u32,
    logons: i64,
    records: [i64; 4],
}

/// An event that waits for its turn: ordered by arrival, then by when it was thought up.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    arrival: Moment,
    number: usize,
    host: usize,
    log: usize,
    members: String,
}

impl<'w> Recorder<'w> {
    /// A recorder of the domain's events that draws from `random` and writes lines to `writer`.
    pub(crate) fn new(domain: Rc<Domain>, random: Random, writer: &'w mut dyn Write) -> Self {
        let hosts = domain.hosts.len();
        let mut counters = vec![Counters::default(); hosts];
        for (index, counter) in counters.iter_mut().enumerate() {
            counter.records = [1, 2, 3, 4].map(|log| 104_729 * log * (index as i64 + 3));
        }
        Self {
            domain,
            random,
            counters,
            queue: BinaryHeap::new(),
            recorded: 0,
            writer,
            line: String::with_capacity(4096),
        }
    }

    /// How many events were recorded so far, written or waiting.
    pub(crate) fn recorded(&self) -> usize {
        self.recorded
    }

    /// The host at `index`.
    pub(crate) fn host(&self, index: usize) -> &Host {
        &self.domain.hosts[index]
    }

    /// Records an event that happens on `host` at `moment`.
    pub(crate) fn record(&mut self, moment: Moment, host: usize, record: Record) {
        let arrival = moment + self.domain.hosts[host].delay;
        let number = self.recorded;
        let log = record.kind.log as usize;
        self.recorded += 1;
        self.queue.push(Reverse(Waiting { arrival, number, host, log, members: record.into_members() }));
    }

    /// Writes what has reached the collector by `moment`; nothing may be recorded for an earlier time afterwards.
    pub(crate) fn write_until(&mut self, moment: Moment) -> io::Result<()> {
        while self.queue.peek().is_some_and(|Reverse(waiting)| waiting.arrival < moment) {
            let Some(Reverse(waiting)) = self.queue.pop() else { break };
            self.write(&waiting)?;
        }
        Ok(())
    }

    /// Writes everything that is left.
    pub(crate) fn finish(mut self) -> io::Result<usize> {
        self.write_until(Moment::MAX)?;
        self.writer.flush()?;
        Ok(self.recorded)
    }

    /// A process that begins now, not yet recorded: numbered by its host. Resident ones live in a range of process
    /// ids of their own, so that no passing one takes theirs.
    pub(crate) fn new_process(&mut self, moment: Moment, start: Start<'_>, resident: bool) -> Rc<Process> {
        let (host, step) = (start.logon.host, 4 * self.random.between(1, 7) as u32);
        let seconds = self.domain.day.unix_seconds(moment);
        let machine = self.domain.hosts[host].machine;
        let counter = &mut self.counters[host];
        counter.processes = counter.processes.wrapping_add(1);
        let pid = if resident {
            counter.resident += step;
            400 + counter.resident
        } else {
            counter.passing = (counter.passing + step) % 48_000;
            9_000 + counter.passing
        };
        let guid = process_guid(machine, seconds, counter.processes);
        Rc::new(Process::new(start, pid, guid))
    }

    /// A new logon id on `host`: it grows with the time of day, and no two are alike.
    pub(crate) fn logon_id(&mut self, moment: Moment, host: usize) -> i64 {
        let counter = &mut self.counters[host];
        counter.logons += 1;
        moment * 4 + counter.logons % 4
    }

    /// A process that starts at `moment` and passes soon, with the libraries that it loads.
    pub(crate) fn start(&mut self, moment: Moment, start: Start<'_>, libraries: &[&Binary]) -> Rc<Process> {
        let process = self.new_process(moment, start, false);
        self.process_created(moment, &process);
        for (place, library) in libraries.iter().enumerate() {
            self.image_loaded(moment + 3 + 2 * place as Moment, &process, library);
        }
        process
    }

    /// A process that runs for `milliseconds`: a start and an end.
    pub(crate) fn run(&mut self, moment: Moment, start: Start<'_>, milliseconds: Moment) -> Rc<Process> {
        let process = self.start(moment, start, &[]);
        self.process_ended(moment + milliseconds, &process);
        process
    }

    /// The logon that `account` gets on `host` at `moment`, not yet recorded.
    pub(crate) fn new_logon(&mut self, moment: Moment, host: usize, logon: Logon) -> Rc<Logon> {
        let id = self.logon_id(moment, host);
        let guid = self.random.guid();
        Rc::new(Logon { host, id, guid, ..logon })
    }

    fn write(&mut self, waiting: &Waiting) -> io::Result<()> {
        let number = &mut self.counters[waiting.host].records[waiting.log];
        *number += 1;
        self.line.clear();
        self.line.push_str("{\"@timestamp\":\"");
        self.line.push_str(&self.domain.day.iso(waiting.arrival));
        self.line.push_str("\",\"RecordNumber\":");
        self.line.push_str(&number.to_string());
        self.line.push_str(&waiting.members);
        self.line.push_str("}\n");
        self.writer.write_all(self.line.as_bytes())
    }
}

/// A process's GUID as Sysmon makes it: the machine, the second of the start, a running number.
fn process_guid(machine: u32, seconds: u32, number: u16) -> String {
    format!(
        "{{{machine:08x}-{:04x}-{:04x}-{:04x}-000000000400}}",
        seconds & 0xffff,
        seconds >> 16,
        number.swap_bytes()
    )
}
