//! Workers whose folders lie in one place: they read each other's shuffle files there, and not by way of the process that
//! hands them over, which takes a tenth of the time of a query that moves much.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ballista_core::execution_plans::{RangeShuffleReaderExec, ShuffleReaderExec};
use ballista_core::serde::scheduler::{PartitionLocation, ShuffleLayout};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;
use fram_frame::private_folder;
use parking_lot::Mutex;

use crate::slot::check_job;

/// The file in a worker's folder with the name that its master gave it.
const NAME: &str = ".name";

/// Says in a worker's folder which worker it is.
pub(crate) fn say_name(folder: &Path, name: &str) -> io::Result<()> {
    fs::write(folder.join(NAME), name)
}

/// The folders of workers by their names, as far as they were asked for; none where a worker's lies elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Neighbours(Mutex<HashMap<String, Option<PathBuf>>>);

impl Neighbours {
    /// Links what the plan of a task reads of neighbours into the folder of its own worker, where it is taken for what
    /// this one wrote. What cannot be linked is fetched.
    pub(crate) fn link(&self, plan: &Arc<dyn ExecutionPlan>, own: &str) -> Result<()> {
        plan.apply(|node| {
            if let Some(reader) = node.downcast_ref::<ShuffleReaderExec>() {
                for location in reader.partition.iter().flatten() {
                    self.link_one(location, own)?;
                }
            }
            if let Some(reader) = node.downcast_ref::<RangeShuffleReaderExec>() {
                let mut jobs =
                    reader.partition.iter().flatten().map(|place| place.partition_id.job_id.as_str());
                jobs.try_for_each(check_job)?;
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(())
    }

    fn link_one(&self, location: &PartitionLocation, own: &str) -> Result<()> {
        check_job(location.partition_id.job_id.as_str())?;
        let Some(folder) = self.folder(&location.executor_meta.id, Path::new(own)) else { return Ok(()) };
        let there = location.path(&folder.to_string_lossy())?;
        let here = location.path(own)?;
        if let Err(error) = linked(&there, &here, location.layout()) {
            log::debug!("{} is fetched: {error}", there.display());
        }
        Ok(())
    }

    fn folder(&self, name: &str, own: &Path) -> Option<PathBuf> {
        let mut known = self.0.lock();
        match known.get(name) {
            Some(folder) => folder.clone(),
            None => known.entry(name.to_owned()).or_insert(folder_of(name, own)).clone(),
        }
    }
}

/// The folder beside this one that belongs to the worker of this name, and to this user.
fn folder_of(name: &str, own: &Path) -> Option<PathBuf> {
    let user = fs::metadata(own).ok()?.uid();
    let beside = fs::read_dir(own.parent()?).ok()?.flatten().map(|entry| entry.path());
    let mut others = beside.filter(|folder| folder != own);
    others.find(|folder| {
        fs::symlink_metadata(folder).is_ok_and(|about| about.is_dir() && about.uid() == user)
            && fs::read_to_string(folder.join(NAME)).is_ok_and(|found| found == name)
    })
}

/// Gives a shuffle file, and the index that may lie beside it, a place here, too.
fn linked(there: &Path, here: &Path, layout: ShuffleLayout) -> io::Result<()> {
    if here.exists() {
        return Ok(());
    }
    if let Some(folder) = here.parent() {
        private_folder(folder)?;
    }
    let once_more = |there: &Path, here: &Path| match fs::hard_link(there, here) {
        // Another task has done so.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    };
    if layout == ShuffleLayout::Sort {
        // Whoever finds the file looks for its index, which must be there by then.
        let folder = there.parent().unwrap_or(there);
        for beside in fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
            if let Some(name) = beside.file_name().filter(|_| beside != there) {
                once_more(&beside, &here.with_file_name(name))?;
            }
        }
    }
    once_more(there, here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_neighbour_lie_here_too() {
        let place = tempfile::tempdir().unwrap();
        let [own, other, stranger] = ["worker-1", "worker-2", "worker-3"].map(|name| place.path().join(name));
        for folder in [&own, &other, &stranger] {
            fs::create_dir(folder).unwrap();
        }
        say_name(&other, "b").unwrap();
        let neighbours = Neighbours::default();
        assert_eq!(neighbours.folder("b", &own), Some(other.clone()));
        assert_eq!(
            (neighbours.folder("c", &own), neighbours.folder("b", &other)),
            (None, Some(other.clone()))
        );
        let (there, here) = (other.join("job/1/7/data.arrow"), own.join("job/1/7/data.arrow"));
        assert!(linked(&there, &here, ShuffleLayout::Sort).is_err() && !here.exists());
        fs::create_dir_all(there.parent().unwrap()).unwrap();
        fs::write(&there, "rows").unwrap();
        fs::write(there.with_extension("index"), "places").unwrap();
        for _ in 0..2 {
            linked(&there, &here, ShuffleLayout::Sort).unwrap();
        }
        fs::remove_dir_all(&other).unwrap();
        assert_eq!(fs::read_to_string(&here).unwrap(), "rows");
        assert_eq!(fs::read_to_string(here.with_extension("index")).unwrap(), "places");
    }
}
