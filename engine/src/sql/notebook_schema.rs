//! What a table name in SQL means: a frame of the notebook, or a table or view that SQL made. Frames come first, since
//! SQL can make nothing of a frame's name. How a frame is read is left to `frame_table`.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, exec_err};
use datafusion::datasource::ViewTable;
use fram_frame::{Frame, Plan};
use polars::prelude::{Expr, col};

use crate::sql::Tables;
use crate::sql::frame_table::table_of;
use crate::sql::view;

/// A frame of more columns is handed to DataFusion with those alone that the statement names.
const MANY_COLUMNS: usize = 2_000;
/// Columns from which on a statement that asks for all of them is refused: DataFusion plans it for minutes.
const TOO_MANY_COLUMNS: usize = 20_000;

/// A statement asks for more columns than can be planned in a reasonable time.
#[derive(Debug, thiserror::Error)]
#[error("this asks for all {columns} columns of a frame, more than SQL plans in a reasonable time")]
pub(super) struct TooWide {
    columns: usize,
}

/// The schema in which all of a notebook's tables are.
#[derive(Default)]
pub(super) struct NotebookSchema {
    own: MemorySchemaProvider,
    frames: RwLock<Option<Arc<dyn Tables>>>,
    /// Providers of the frames that the current text has named, so that each is made once.
    made: RwLock<HashMap<String, Arc<dyn TableProvider>>>,
    /// The words of the current statement, in small letters; none where it asks for all columns.
    words: RwLock<Option<HashSet<String>>>,
}

impl NotebookSchema {
    /// Takes these as the notebook's frames, from now on.
    pub(super) fn set_frames(&self, frames: Arc<dyn Tables>) {
        *self.frames.write().unwrap_or_else(PoisonError::into_inner) = Some(frames);
        self.made.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes these as the words of the statement that is planned next; none where it asks for all columns.
    pub(super) fn set_words(&self, words: Option<HashSet<String>>) {
        *self.words.write().unwrap_or_else(PoisonError::into_inner) = words;
        self.made.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The frame as far as the statement can speak of it: DataFusion looks through all columns for each one.
    fn narrowed(&self, frame: Frame) -> Result<Frame, DataFusionError> {
        let words = self.words.read().unwrap_or_else(PoisonError::into_inner);
        let schema = frame.schema();
        if words.is_none() && schema.len() > TOO_MANY_COLUMNS {
            let reason = TooWide { columns: schema.len() };
            return Err(DataFusionError::External(Box::new(reason)));
        }
        let (Plan::Polars(lazy), Some(words)) = (frame.plan(), words.as_ref()) else { return Ok(frame) };
        if schema.len() <= MANY_COLUMNS || frame.is_kept() {
            return Ok(frame);
        }
        let named = schema.iter_names().filter(|name| words.contains(&name.to_lowercase()));
        let named: Vec<Expr> = named.map(|name| col(name.clone())).collect();
        let narrow =
            if named.is_empty() { Ok(frame.clone()) } else { Frame::from_lazy(lazy.clone().select(named)) };
        narrow.map_err(|error| DataFusionError::External(Box::new(error)))
    }

    /// The frame that the name means, where it means one.
    pub(super) fn whole_frame(&self, name: &str) -> Option<Frame> {
        self.frame(&self.resolve(name)?)
    }

    /// Names of tables and views that SQL made, sorted.
    pub(super) fn own_names(&self) -> Vec<String> {
        let mut names = self.own.table_names();
        names.sort_unstable();
        names
    }

    /// The name that is meant: itself where there is such a table, else the only one that differs by case alone.
    pub(super) fn resolve(&self, name: &str) -> Option<String> {
        let names = self.table_names();
        if names.iter().any(|known| known == name) {
            return Some(name.to_owned());
        }
        let folded = name.to_lowercase();
        let mut near = names.into_iter().filter(|known| known.to_lowercase() == folded);
        near.next().filter(|_| near.next().is_none())
    }

    fn frames(&self) -> Option<Arc<dyn Tables>> {
        self.frames.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The view over the frames that its tables' names have now.
    async fn view_now(&self, view: &ViewTable) -> Result<Arc<dyn TableProvider>, DataFusionError> {
        let mut tables = HashMap::new();
        for name in view::tables(view)? {
            if let Some(frame) = self.frame(&name) {
                // All of its columns: the statement's words are not the view's.
                let table =
                    table_of(&frame).await.map_err(|error| DataFusionError::External(Box::new(error)))?;
                tables.insert(name, table);
            }
        }
        Ok(Arc::new(view::over(view, &tables)?))
    }

    fn frame(&self, name: &str) -> Option<Frame> {
        self.frames()?.frame(name)
    }
}

impl std::fmt::Debug for NotebookSchema {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NotebookSchema").field("names", &self.table_names()).finish()
    }
}

#[async_trait]
impl SchemaProvider for NotebookSchema {
    fn table_names(&self) -> Vec<String> {
        let mut names = self.frames().map(|frames| frames.names()).unwrap_or_default();
        names.extend(self.own.table_names());
        names.sort_unstable();
        names.dedup();
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some(name) = self.resolve(name) else { return Ok(None) };
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if made.is_some() {
            return Ok(made);
        }
        let Some(frame) = self.frame(&name) else {
            let own = self.own.table(&name).await?;
            let any: Option<&dyn Any> = own.as_ref().map(|table| table.as_ref() as &dyn Any);
            return match any.and_then(|any| any.downcast_ref::<ViewTable>()) {
                Some(view) => self.view_now(view).await.map(Some),
                None => Ok(own),
            };
        };
        let frame = self.narrowed(frame)?;
        let table = table_of(&frame).await.map_err(|error| DataFusionError::External(Box::new(error)))?;
        self.made.write().unwrap_or_else(PoisonError::into_inner).insert(name, table.clone());
        Ok(Some(table))
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if self.frame(&name).is_some() {
            return exec_err!("there is a frame with the name `{name}` already");
        }
        self.own.register_table(name, table)
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let name = self.resolve(name).unwrap_or_else(|| name.to_owned());
        if self.frame(&name).is_some() {
            return exec_err!("`{name}` is a frame of the notebook, which SQL cannot drop");
        }
        self.own.deregister_table(&name)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.resolve(name).is_some()
    }
}
