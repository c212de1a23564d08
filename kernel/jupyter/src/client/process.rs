//! A kernel's process and its group: ended for certain when this is dropped.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::error::ClientError;

/// How often a process is asked whether it has ended.
const ASK: Duration = Duration::from_millis(2);

/// A running kernel. Its process leads a group of its own, which is killed as a whole when this is dropped.
#[derive(Debug)]
pub struct KernelProcess {
    child: Mutex<Child>,
    group: Pid,
}

impl KernelProcess {
    /// Starts the command in a group of its own.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        let group = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        Ok(Self { child: Mutex::new(child), group })
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.group.as_raw().unsigned_abs()
    }

    /// An error if the process has ended.
    pub(super) fn check(&self) -> Result<(), ClientError> {
        match self.lock().try_wait()? {
            Some(status) => Err(ClientError::Ended { status: describe(status) }),
            None => Ok(()),
        }
    }

    /// Waits for the end; false when it did not come in time.
    pub fn wait(&self, patience: Duration) -> io::Result<bool> {
        let deadline = Instant::now() + patience;
        while self.lock().try_wait()?.is_none() {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            std::thread::sleep(ASK);
        }
        Ok(true)
    }

    /// Sends SIGINT to the group.
    pub(super) fn interrupt(&self) -> io::Result<()> {
        killpg(self.group, Signal::SIGINT).map_err(io::Error::from)
    }

    /// Kills the group and takes its exit status, so that no zombie is left.
    pub fn kill(&self) -> io::Result<()> {
        match killpg(self.group, Signal::SIGKILL) {
            Ok(()) | Err(nix::errno::Errno::ESRCH) => {}
            // macOS answers so when all that is left is a zombie.
            Err(nix::errno::Errno::EPERM) => {}
            Err(error) => return Err(error.into()),
        }
        self.lock().wait().map(drop)
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KernelProcess {
    fn drop(&mut self) {
        // What the kernel started goes with it, also when the kernel itself has ended.
        drop(self.kill());
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}
