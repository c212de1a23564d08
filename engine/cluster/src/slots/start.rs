//! Starting the processes of slots, from a thread that lives as long as this process: the system ends a slot when the
//! thread that started it is gone (`run_slot` asks for that), also one that is stopped and would not notice.

use std::io;
use std::sync::{LazyLock, mpsc};
use std::thread;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;

struct Order {
    command: Command,
    runtime: Handle,
    child_tx: mpsc::SyncSender<io::Result<Child>>,
}

static ORDERS: LazyLock<mpsc::Sender<Order>> = LazyLock::new(|| {
    let (orders_tx, orders) = mpsc::channel::<Order>();
    let work = move || {
        for Order { mut command, runtime, child_tx } in orders {
            let _entered = runtime.enter();
            // Who asked for it waits.
            drop(child_tx.send(command.spawn()));
        }
    };
    // Where there is no thread, nobody takes an order, and each of them fails.
    drop(thread::Builder::new().name("fram-slot-start".into()).spawn(work));
    orders_tx
});

/// Starts the command.
pub(super) fn start(command: Command) -> io::Result<Child> {
    let (child_tx, child) = mpsc::sync_channel(1);
    let nobody = || io::Error::other("there is no thread that starts processes");
    ORDERS.send(Order { command, runtime: Handle::current(), child_tx }).map_err(|_| nobody())?;
    child.recv().map_err(|_| nobody())?
}
