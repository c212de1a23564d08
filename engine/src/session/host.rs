//! What a notebook's parts share while cells run: settings, the runner, the watch, and where output goes.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use fram_frame::{Frame, LocalRunner, Runner, Watch};

use crate::call::Host;
use crate::fault::Fault;
use crate::screen::{NoInput, Screen, Shown};
use crate::settings::Settings;

/// What a notebook's parts share.
pub(crate) struct Notebook {
    settings: RwLock<Settings>,
    runner: RwLock<Arc<dyn Runner>>,
    watch: Watch,
    screen: Mutex<Arc<dyn Screen>>,
}

impl Notebook {
    pub(crate) fn new() -> Self {
        Self {
            settings: RwLock::default(),
            runner: RwLock::new(Arc::new(LocalRunner)),
            watch: Watch::new(),
            screen: Mutex::new(Arc::new(Nowhere)),
        }
    }

    /// A cell begins; its output goes to this screen.
    pub(crate) fn begin(&self, screen: Arc<dyn Screen>) {
        self.watch.clear();
        *self.screen.lock().unwrap_or_else(PoisonError::into_inner) = screen;
    }

    /// The cell has ended; output of what goes on behind it is dropped.
    pub(crate) fn end(&self) {
        *self.screen.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Nowhere);
    }

    pub(crate) fn interrupt(&self) {
        self.watch.interrupt();
    }
}

impl Host for Notebook {
    fn runner(&self) -> Arc<dyn Runner> {
        self.runner.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn watch(&self) -> Watch {
        self.watch.clone().with_memory_limit(self.settings().memory_limit())
    }

    fn screen(&self) -> Arc<dyn Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn sql(&self, _text: &str) -> Result<Option<Frame>, Fault> {
        Err(Fault::new("SqlError", "SQL is not here yet"))
    }

    fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
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
