//! What a notebook's parts share while cells run: settings, names, the runner, the watch, SQL, and where output goes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use fram_cluster::{Application, OwnCluster};
use fram_frame::{Frame, LocalRunner, Runner, Watch};

use super::progress_line::ProgressLine;
use crate::call::Host;
use crate::fault::Fault;
use crate::registry::Type;
use crate::screen::{NoInput, Screen, Shown};
use crate::settings::Settings;
use crate::sql::{FunctionBody, ReturnType, SqlEngine, Tables};

/// What a notebook's parts share.
pub(crate) struct Notebook {
    settings: RwLock<Settings>,
    runner: RwLock<Arc<dyn Runner>>,
    /// What clusters are told of this notebook.
    application: Application,
    /// The program that we are, where it can start clusters.
    program: RwLock<Option<PathBuf>>,
    /// The cluster that this notebook has started.
    own_cluster: Mutex<Option<OwnCluster>>,
    /// The running cell's text.
    cell: RwLock<Arc<str>>,
    watch: Watch,
    screen: Mutex<Arc<dyn Screen>>,
    snapshot: RwLock<Arc<Snapshot>>,
    sql: SqlEngine,
    progress: Arc<ProgressLine>,
    /// The ids under which the running cell has shown something.
    shown: Mutex<BTreeSet<String>>,
}

/// The names of a notebook at a moment: what completion, inspection and SQL look at while a cell runs.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    /// Names with what they hold.
    pub(crate) names: BTreeMap<String, Held>,
    /// The script's own functions with their parameters.
    pub(crate) functions: Vec<(String, Vec<String>)>,
}

/// What a name holds, as far as is said of it beside the cell.
#[derive(Clone)]
pub(crate) struct Held {
    /// Its type.
    pub(crate) kind: Type,
    /// The frame, if it is one.
    pub(crate) frame: Option<Frame>,
    /// The keys of an object map, or the value itself where it is small.
    pub(crate) words: Vec<String>,
}

impl Notebook {
    pub(crate) fn named(name: &str) -> Self {
        Self {
            settings: RwLock::default(),
            runner: RwLock::new(Arc::new(LocalRunner)),
            application: Application::named(name),
            program: RwLock::default(),
            own_cluster: Mutex::default(),
            cell: RwLock::new("".into()),
            watch: Watch::new(),
            screen: Mutex::new(Arc::new(Nowhere)),
            snapshot: RwLock::default(),
            sql: SqlEngine::new(),
            progress: Arc::default(),
            shown: Mutex::default(),
        }
    }

    /// A cell begins; its output goes to this screen.
    pub(crate) fn begin(&self, cell: &str, screen: Arc<dyn Screen>) {
        self.watch.clear();
        *self.cell.write().unwrap_or_else(PoisonError::into_inner) = cell.into();
        self.progress.begin(screen.clone(), self.settings().flag("progress"));
        *self.screen_slot() = screen;
        self.shown_ids().clear();
    }

    /// The cell has ended; output of what goes on behind it is dropped.
    pub(crate) fn end(&self, well: bool) {
        self.progress.end(well);
        *self.screen_slot() = Arc::new(Nowhere);
    }

    pub(crate) fn interrupt(&self) {
        self.watch.interrupt();
    }

    /// The names as they are now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes a setting.
    pub(crate) fn set(&self, name: &str, value: &str) -> Result<(), Fault> {
        self.settings.write().unwrap_or_else(PoisonError::into_inner).set(name, value)
    }

    /// Plans run here from now on.
    pub(crate) fn run_on(&self, runner: Arc<dyn Runner>) {
        *self.runner.write().unwrap_or_else(PoisonError::into_inner) = runner;
    }

    /// What clusters are told of this notebook.
    pub(crate) fn application(&self) -> Application {
        self.application.clone()
    }

    pub(crate) fn set_program(&self, program: Option<PathBuf>) {
        *self.program.write().unwrap_or_else(PoisonError::into_inner) = program;
    }

    /// The program that we are, where it can start clusters.
    pub(crate) fn program(&self) -> Option<PathBuf> {
        self.program.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The cluster that this notebook has started, if it has.
    pub(crate) fn own_cluster(&self) -> MutexGuard<'_, Option<OwnCluster>> {
        self.own_cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The SQL engine.
    pub(crate) fn sql_engine(&self) -> &SqlEngine {
        &self.sql
    }

    /// Whether a cell without a marker is SQL.
    pub(crate) fn is_sql(&self, text: &str) -> bool {
        self.sql.is_sql(text)
    }

    /// Runs SQL over the names, and over these, which hide others; an error has its place in the text.
    pub(crate) fn run_sql(
        &self,
        text: &str,
        own: Vec<(String, Frame)>,
    ) -> Result<Option<Frame>, (Fault, Option<Range<usize>>)> {
        let mut tables = self.snapshot();
        for (name, frame) in own {
            let held = Held { kind: Type::Frame, frame: Some(frame), words: Vec::new() };
            Arc::make_mut(&mut tables).names.insert(name, held);
        }
        let tables: Arc<dyn Tables> = tables;
        match self.sql.run(text, tables, &*self.runner(), &self.watch()) {
            Ok(answer) => {
                answer.notes.iter().for_each(|note| self.screen().warn(&format!("{note}\n")));
                Ok(answer.frame)
            }
            Err(error) => {
                let place = error.span.clone();
                Err((error.into(), place))
            }
        }
    }

    fn shown_ids(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn screen_slot(&self) -> MutexGuard<'_, Arc<dyn Screen>> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for Notebook {
    fn runner(&self) -> Arc<dyn Runner> {
        self.runner.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn watch(&self) -> Watch {
        let progress = self.progress.clone();
        let settings = self.settings();
        let watch = self.watch.clone().with_memory_limit(settings.memory_limit());
        let watch = watch.with_spill_limit(move || settings.spill_limit());
        let cell = self.cell.read().unwrap_or_else(PoisonError::into_inner).clone();
        watch.with_purpose(cell).with_progress(Arc::new(move |now| progress.report(now)))
    }

    fn screen(&self) -> Arc<dyn Screen> {
        self.screen_slot().clone()
    }

    fn display(&self, shown: Shown, id: Option<&str>) {
        match id {
            Some(id) if !self.shown_ids().insert(id.to_owned()) => self.screen().update(shown, id),
            id => self.screen().display(shown, id),
        }
    }

    fn clear(&self, wait: bool) {
        self.shown_ids().clear();
        self.screen().clear(wait);
    }

    fn sql(&self, text: &str, own: Vec<(String, Frame)>) -> Result<Option<Frame>, Fault> {
        self.run_sql(text, own).map_err(|(fault, _)| fault)
    }

    fn register_function(&self, name: &str, parameters: usize, body: FunctionBody) -> Result<(), Fault> {
        Ok(self.sql.register_function(name, parameters, ReturnType::Tried, body)?)
    }

    fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_interrupted(&self) -> bool {
        self.watch.is_interrupted()
    }

    fn publish(&self, snapshot: Snapshot) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}

impl Tables for Snapshot {
    fn names(&self) -> Vec<String> {
        self.names.iter().filter(|(_, held)| held.frame.is_some()).map(|(name, _)| name.clone()).collect()
    }

    fn frame(&self, name: &str) -> Option<Frame> {
        self.names.get(name).and_then(|held| held.frame.clone())
    }
}

/// The screen while no cell runs.
struct Nowhere;

impl Screen for Nowhere {
    fn print(&self, _text: &str) {}
    fn warn(&self, _text: &str) {}
    fn display(&self, _shown: Shown, _id: Option<&str>) {}
    fn update(&self, _shown: Shown, _id: &str) {}
    fn clear(&self, _wait: bool) {}
    fn input(&self, _prompt: &str, _password: bool) -> Result<String, NoInput> {
        Err(NoInput::NotAllowed)
    }
    fn page(&self, _shown: Shown) {}
    fn set_next_input(&self, _text: &str, _replace: bool) {}
    fn history(&self, _last: usize) -> Vec<String> {
        Vec::new()
    }
}
