//! The notebooks that are there: each says so by a call that lasts as long as it does.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::record::Application;

/// Notebooks by their ids, with the number of calls by which each is known.
#[derive(Default)]
pub(crate) struct Notebooks(Mutex<BTreeMap<String, (Application, usize)>>);

/// A notebook that is there as long as this is.
pub(super) struct Present<'a> {
    notebooks: &'a Notebooks,
    id: String,
}

impl Notebooks {
    /// The notebook has come.
    pub(super) fn enter(&self, notebook: Application) -> Present<'_> {
        let id = notebook.id.clone();
        self.0.lock().entry(id.clone()).or_insert((notebook, 0)).1 += 1;
        Present { notebooks: self, id }
    }

    /// Those that are there.
    pub(crate) fn present(&self) -> Vec<Application> {
        self.0.lock().values().map(|(notebook, _)| notebook.clone()).collect()
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        let mut known = self.notebooks.0.lock();
        if let Some((_, calls)) = known.get_mut(&self.id) {
            *calls -= 1;
            if *calls == 0 {
                known.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notebook_is_there_until_its_last_call_ends() {
        let notebooks = Notebooks::default();
        let named = |id: &str| Application { id: id.to_owned(), ..Application::default() };
        let (first, again, other) =
            (notebooks.enter(named("a")), notebooks.enter(named("a")), notebooks.enter(named("b")));
        drop(first);
        assert_eq!(notebooks.present(), [named("a"), named("b")]);
        drop(again);
        assert_eq!(notebooks.present(), [named("b")]);
        drop(other);
        assert_eq!(notebooks.present(), []);
    }
}
