//! The one line that says how far a cell's queries have come: shown after half a second, updated in place, closed
//! with the time when the cell ends. What is measured is left to the runner.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fram_display::{Medium, escape_html, grouped};
use fram_frame::Progress;

use crate::screen::{Screen, Shown};

/// A cell that is done before this shows no line.
const QUIET: Duration = Duration::from_millis(500);
/// Least time between two updates.
const UPDATE_EVERY: Duration = Duration::from_millis(250);

/// The line of the running cell.
#[derive(Default)]
pub(crate) struct ProgressLine {
    state: Mutex<Option<State>>,
    made: AtomicU64,
}

struct State {
    screen: Arc<dyn Screen>,
    begun: Instant,
    id: String,
    shown: Option<Instant>,
    rows: u64,
    bytes: u64,
    /// What was heard of runs on a cluster.
    elsewhere: Option<Jobs>,
}

/// The jobs that a cell has run on a cluster.
#[derive(Default)]
struct Jobs {
    /// What was heard last.
    last: Progress,
    /// The page of the last job.
    page: String,
    /// How often one of them was begun again, and of how many earlier cells the rows were.
    tries: usize,
    restored: usize,
    /// What the jobs before add up to, and those before the query that runs.
    before: Sums,
    kept: Sums,
}

/// What jobs add up to.
#[derive(Clone, Copy, Default)]
struct Sums {
    jobs: usize,
    rows: u64,
    bytes: u64,
    steps: usize,
}

impl Sums {
    fn with(self, job: &Progress) -> Self {
        Self {
            jobs: self.jobs + usize::from(job.steps > 0),
            rows: self.rows + job.rows,
            bytes: self.bytes + job.bytes,
            steps: self.steps + job.steps,
        }
    }
}

impl Jobs {
    /// A job has come so far. Each has a page; where there are no pages, fewer tasks done tell that a new one has begun.
    /// A query that is begun again has done nothing so far.
    fn report(&mut self, now: &Progress) {
        let last = std::mem::replace(&mut self.last, now.clone());
        let begins_anew = now.page.is_empty() && now.steps_done < last.steps_done;
        if now.query != last.query {
            self.before = self.before.with(&last);
            self.kept = self.before;
        } else if now.tries > last.tries {
            self.before = self.kept;
        } else if place(&now.page) != place(&last.page) || begins_anew {
            self.before = self.before.with(&last);
        }
        if !now.page.is_empty() {
            self.page.clone_from(&now.page);
        }
        (self.tries, self.restored) = (self.tries.max(now.tries), self.restored.max(now.restored));
    }

    fn all(&self) -> Sums {
        self.before.with(&self.last)
    }
}

impl ProgressLine {
    /// A cell begins.
    pub(crate) fn begin(&self, screen: Arc<dyn Screen>, wanted: bool) {
        let id =
            format!("fram-progress-{}-{}", std::process::id(), self.made.fetch_add(1, Ordering::Relaxed));
        let state =
            State { screen, begun: Instant::now(), id, shown: None, rows: 0, bytes: 0, elsewhere: None };
        *self.lock() = wanted.then_some(state);
    }

    /// A query of the cell has come so far.
    pub(crate) fn report(&self, now: &Progress) {
        let mut slot = self.lock();
        let Some(state) = slot.as_mut() else { return };
        let mut now = now.clone();
        if now.is_elsewhere {
            let jobs = state.elsewhere.get_or_insert_with(|| {
                // What was read here before, to see what a file holds, is not what tasks hand on.
                (state.rows, state.bytes) = (0, 0);
                Jobs::default()
            });
            jobs.report(&now);
            let all = jobs.all();
            (now.rows, now.bytes) = (all.rows, all.bytes);
            (state.rows, state.bytes) = (all.rows, all.bytes);
        }
        state.rows = state.rows.max(now.rows);
        state.bytes = state.bytes.max(now.bytes);
        let is_due = match state.shown {
            None => state.begun.elapsed() >= QUIET,
            Some(last) => last.elapsed() >= UPDATE_EVERY,
        };
        if is_due {
            state.show(&running(state.begun.elapsed(), &now), share(&now));
        }
    }

    /// The cell ends: a line that was shown says what it took.
    pub(crate) fn end(&self, well: bool) {
        let Some(mut state) = self.lock().take() else { return };
        if state.shown.is_some() {
            let mut words = vec![format!(
                "{} {}",
                if well { "done in" } else { "stopped after" },
                seconds(state.begun.elapsed())
            )];
            words.extend(amounts(state.rows, state.bytes, state.elsewhere.is_some()));
            words.extend(where_it_ran(state.elsewhere.as_ref()));
            state.show(&words.join(" · "), None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn show(&mut self, text: &str, share: Option<f64>) {
        let bar = share.map_or_else(String::new, |share| {
            format!("<progress value=\"{share:.2}\" max=\"1\" style=\"width:8em;vertical-align:middle\"></progress> ")
        });
        let page = self.elsewhere.as_ref().map_or("", |jobs| jobs.page.as_str());
        let link = if page.is_empty() { String::new() } else { link(page) };
        let html = format!("<small style=\"opacity:.75\">{bar}{}{link}</small>", escape_html(text));
        let media = vec![Medium::text("text/html", html), Medium::text("text/plain", text)];
        match self.shown {
            None => self.screen.display(Shown { media }, Some(&self.id)),
            Some(_) => self.screen.update(Shown { media }, &self.id),
        }
        self.shown = Some(Instant::now());
    }
}

fn running(elapsed: Duration, now: &Progress) -> String {
    let mut words = vec![seconds(elapsed)];
    if now.steps > 0 && now.is_elsewhere {
        words.push(format!("{} of {}", now.steps_done, tasks(now.steps)));
    } else if now.steps > 0 {
        words.push(format!("step {} of {}", (now.steps_done + 1).min(now.steps), now.steps));
    }
    if !now.stage.is_empty() {
        words.push(now.stage.clone());
    }
    words.extend(amounts(now.rows, now.bytes, now.is_elsewhere));
    words.extend(begun_again(now.tries));
    words.extend(computed_again(now.restored));
    if now.memory > 0 {
        words.push(format!("{} of memory", bytes(now.memory)));
    }
    if now.spilled > 0 {
        words.push(format!("{} on disk", bytes(now.spilled)));
    }
    words.join(" · ")
}

fn tasks(count: usize) -> String {
    if count == 1 { "1 task".to_owned() } else { format!("{count} tasks") }
}

/// Where the cell's queries ran, and in how many tasks.
fn where_it_ran(elsewhere: Option<&Jobs>) -> Vec<String> {
    let Some(jobs) = elsewhere else { return vec!["local".to_owned()] };
    let mut words = Vec::new();
    let all = jobs.all();
    if all.steps > 0 {
        let count = tasks(all.steps);
        words.push(if all.jobs > 1 { format!("{count} in {} jobs", all.jobs) } else { count });
    }
    words.extend(begun_again(jobs.tries));
    words.extend(computed_again(jobs.restored));
    words.push("cluster".to_owned());
    words
}

/// How often a run was begun again, if it was.
fn begun_again(tries: usize) -> Option<String> {
    match tries {
        0 => None,
        1 => Some("begun again once".to_owned()),
        tries => Some(format!("begun again {tries} times")),
    }
}

/// Of how many earlier cells the rows were computed again, if they were.
fn computed_again(cells: usize) -> Option<String> {
    match cells {
        0 => None,
        1 => Some("the rows of an earlier cell were lost and computed again".to_owned()),
        cells => Some(format!("the rows of {cells} earlier cells were lost and computed again")),
    }
}

/// The address of a page without the key that opens it, which is another one now and then.
fn place(page: &str) -> &str {
    page.split('?').next().unwrap_or(page)
}

/// A link to the page of a job, which opens beside the notebook.
fn link(page: &str) -> String {
    let page = escape_html(page);
    format!(" · <a href=\"{page}\" target=\"_blank\" rel=\"noopener noreferrer\">details</a>")
}

fn share(now: &Progress) -> Option<f64> {
    (now.steps > 1).then(|| now.steps_done as f64 / now.steps as f64)
}

/// Rows and bytes: read here, or handed from task to task elsewhere.
fn amounts(rows: u64, moved: u64, is_elsewhere: bool) -> Vec<String> {
    let mut words = Vec::new();
    if rows > 0 {
        words.push(if rows == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(rows)) });
    }
    if moved > 0 {
        words.push(format!("{} {}", bytes(moved), if is_elsewhere { "moved" } else { "read" }));
    }
    words
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:.0} s", (seconds / 60.0) as u64, seconds % 60.0)
    }
}

/// An amount of bytes in the unit that fits.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: &[&str] = &["B", "KiB", "MiB", "GiB", "TiB"];
    let mut amount = count as f64;
    let mut unit = 0;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{amount:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_several_jobs_adds_them_up() {
        let planning =
            |query| Progress { stage: "planning".into(), is_elsewhere: true, query, ..Progress::default() };
        let job = |query, page: &str, steps, rows, tries| {
            let page = page.to_owned();
            let bytes = 10 * rows;
            Progress { query, page, steps, rows, bytes, tries, is_elsewhere: true, ..Progress::default() }
        };
        let mut jobs = Jobs::default();
        let mut report = |now: &Progress| {
            jobs.report(now);
            (where_it_ran(Some(&jobs)).join(" · "), jobs.all().rows, jobs.all().bytes)
        };
        assert_eq!(report(&planning(1)), ("cluster".to_owned(), 0, 0));
        assert_eq!(report(&job(1, "a", 3, 5, 0)), ("3 tasks · cluster".to_owned(), 5, 50));
        assert_eq!(report(&job(1, "a", 3, 7, 0)), ("3 tasks · cluster".to_owned(), 7, 70));
        assert_eq!(report(&job(1, "b", 1, 2, 0)), ("4 tasks in 2 jobs · cluster".to_owned(), 9, 90));
        assert_eq!(report(&job(1, "b?key=2", 1, 2, 0)), ("4 tasks in 2 jobs · cluster".to_owned(), 9, 90));
        // The next query of the cell.
        assert_eq!(report(&planning(2)), ("4 tasks in 2 jobs · cluster".to_owned(), 9, 90));
        assert_eq!(report(&job(2, "c", 4, 1, 0)), ("8 tasks in 3 jobs · cluster".to_owned(), 10, 100));
        assert_eq!(report(&job(2, "d", 1, 5, 0)), ("9 tasks in 4 jobs · cluster".to_owned(), 15, 150));
        // What was lost is not counted, nor what came before it in the same query.
        let again = |all: &str| format!("{all} · begun again once · cluster");
        assert_eq!(report(&job(2, "e", 4, 1, 1)), (again("8 tasks in 3 jobs"), 10, 100));
        assert_eq!(report(&job(2, "f", 1, 5, 1)), (again("9 tasks in 4 jobs"), 15, 150));
        // A query that is lost before anything was heard of it takes nothing away from others.
        assert_eq!(report(&job(3, "g", 2, 1, 1)), (again("11 tasks in 5 jobs"), 16, 160));
    }

    #[test]
    fn what_was_lost_is_told() {
        let words = |tries, restored| {
            let now = Progress { tries, restored, steps: 3, is_elsewhere: true, ..Progress::default() };
            assert!(running(Duration::ZERO, &now).contains("computed again") == (restored > 0));
            let mut jobs = Jobs::default();
            jobs.report(&now);
            where_it_ran(Some(&jobs)).join(" · ")
        };
        assert_eq!(words(0, 0), "3 tasks · cluster");
        assert_eq!(words(2, 0), "3 tasks · begun again 2 times · cluster");
        let lost = "the rows of an earlier cell were lost and computed again";
        assert_eq!(words(1, 1), format!("3 tasks · begun again once · {lost} · cluster"));
    }

    #[test]
    fn amounts_are_readable() {
        assert_eq!(bytes(1_536), "1.5 KiB");
        assert_eq!(seconds(Duration::from_millis(61_500)), "1 min 2 s");
    }
}
