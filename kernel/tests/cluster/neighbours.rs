//! Workers on one machine, and what they have of each other.

use std::fs::symlink_metadata;
use std::os::unix::fs::MetadataExt;
use std::thread::sleep;
use std::time::Duration;

use crate::faults::{LONG, busy_with, printed};
use crate::privacy::all_below;
use crate::processes::{Cluster, tables};

#[test]
fn workers_whose_folders_lie_together_read_each_others_files_there() {
    let cluster = Cluster::start(2);
    let work = cluster.folder.path().join("work");
    let here = tables(&cluster.run("%cluster local", LONG).succeeded());
    let mut running = busy_with(&cluster, LONG);
    let has_two_places = || {
        let files = all_below(&work).into_iter().filter_map(|path| symlink_metadata(path).ok());
        files.filter(|about| about.is_file()).any(|about| about.nlink() == 2)
    };
    while !has_two_places() {
        assert!(running.try_wait().unwrap().is_none(), "no worker has had a file of the other");
        sleep(Duration::from_millis(2));
    }
    assert_eq!(here, tables(&printed(running)));
}
