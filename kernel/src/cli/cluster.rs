//! The options of the processes of a cluster, and their help.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Certificates, for connections that are encrypted.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TlsOptions {
    /// The certificate that is shown to whoever calls, in PEM; connections are encrypted with it.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Certificates of the authority that has signed those of others.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// The name in the certificates of all others, where it is not their address.
    #[arg(long, value_name = "NAME")]
    pub(crate) tls_name: Option<String>,
    /// Whoever calls must show a certificate of the authority, too.
    #[arg(long, requires = "tls_ca", requires = "tls_cert")]
    pub(crate) tls_mutual: bool,
}

/// Options of `fram master`.
#[derive(Debug, Args)]
pub(crate) struct MasterOptions {
    /// The address to listen on; others than this machine's own open it to the network.
    #[arg(long, default_value = "127.0.0.1", value_name = "IP")]
    pub(crate) bind: IpAddr,
    /// The port to listen on; 0 is any that is free.
    #[arg(long, default_value_t = fram_cluster::DEFAULT_PORT)]
    pub(crate) port: u16,
    /// The port of the web pages; 0 is any that is free.
    #[arg(long, default_value_t = 7080, value_name = "PORT")]
    pub(crate) ui_port: u16,
    /// The folder where records of jobs are kept; one in FRAM_HOME by default.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The file with the token that everybody must show; made where there is none.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tls: TlsOptions,
    /// Say more of what happens.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Options of `fram worker`.
#[derive(Debug, Args)]
pub(crate) struct WorkerOptions {
    /// The master, as fram://HOST:PORT.
    #[arg(value_name = "MASTER")]
    pub(crate) master: String,
    /// Tasks that run at once; the number of cores by default.
    #[arg(long, value_name = "N", value_parser = cores)]
    pub(crate) cores: Option<usize>,
    /// Memory that tasks may use together, as 8GiB or 50%; 80% of the machine's by default.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) memory: Option<String>,
    /// The folder for shuffle files; one in the system's folder for such things by default.
    #[arg(long, value_name = "DIR")]
    pub(crate) work_dir: Option<PathBuf>,
    /// A folder that queries may read and write; may be said several times. Without it, on this machine's own
    /// address, all that the worker's user may.
    #[arg(long, value_name = "DIR")]
    pub(crate) allow_path: Vec<PathBuf>,
    /// The file with the master's token.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The address that other workers and notebooks fetch rows from.
    #[arg(long, default_value = "127.0.0.1", value_name = "IP")]
    pub(crate) bind: IpAddr,
    /// The port of it; 0 is any that is free.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) tls: TlsOptions,
    /// The port of its web page; 0 is any that is free.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub(crate) ui_port: u16,
    /// End when standard input closes, as it does when whoever started this is gone.
    #[arg(long, hide = true)]
    pub(crate) with_parent: bool,
    /// Say more of what happens.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Options of `fram cluster`.
#[derive(Debug, Args)]
pub(crate) struct ClusterOptions {
    #[command(subcommand)]
    pub(crate) what: ClusterCommand,
}

/// What `fram cluster` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommand {
    /// Start a master and workers on this machine, and end them with Ctrl-C.
    #[command(after_help = CLUSTER_HELP)]
    Start {
        /// How many workers.
        #[arg(short = 'n', long = "workers", value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
        workers: u16,
        /// Tasks that each runs at once; the machine's cores are shared out by default.
        #[arg(long, value_name = "N", value_parser = cores)]
        cores: Option<usize>,
        /// Memory that the tasks of all workers may use together, as 8GiB or 50%; 80% of the machine's by default.
        #[arg(long, value_name = "AMOUNT")]
        memory: Option<String>,
        /// The folder for the workers' shuffle files; one in the system's folder for such things by default.
        #[arg(long, value_name = "DIR")]
        work_dir: Option<PathBuf>,
        /// A folder that queries may read and write; may be said several times. Without it, on this machine's own
        /// address, all that you may.
        #[arg(long, value_name = "DIR")]
        allow_path: Vec<PathBuf>,
        /// End when standard input closes, as it does when whoever started this is gone.
        #[arg(long, hide = true)]
        with_parent: bool,
        /// A folder that is removed at the end: whoever made it may be gone by then.
        #[arg(long, hide = true, value_name = "DIR")]
        own_folder: Option<PathBuf>,
        #[command(flatten)]
        master: MasterOptions,
    },
}

/// A number of cores.
fn cores(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(cores @ 1..=1024) => Ok(cores),
        _ => Err("a number from 1 to 1024 is wanted".to_owned()),
    }
}

pub(super) const MASTER_HELP: &str = "\
Examples:
  fram master                              for this machine alone
  fram master --bind 10.0.0.1              for a network
  fram master --bind 10.0.0.1 --tls-cert master.pem --tls-key master.key --tls-ca ca.pem --tls-mutual
  fram master --port 0 --ui-port 0         any ports that are free

The web pages show workers, jobs and their tasks, also of jobs that ended before a restart.
Whoever shows the token may run queries on the workers, and read the files that they may
read. It is made at the first start, and lies in FRAM_HOME, readable for you alone.
With --tls-cert and --tls-key connections are encrypted. A notebook says whom it believes then:
%cluster fram://HOST:PORT --tls-ca FILE, with --tls-cert FILE --tls-key FILE where --tls-mutual
wants to see its own, and --tls-name NAME where the certificates of master and workers all bear that name, not addresses.

Exit codes: 0 ended as asked; 2 it could not be started.";

pub(super) const WORKER_HELP: &str = "\
Examples:
  fram worker fram://127.0.0.1:7077
  fram worker fram://10.0.0.1:7077 --bind 10.0.0.2 --allow-path /data --memory 32GiB
  fram worker fram://127.0.0.1:7077 --token-file /etc/fram/token --work-dir /scratch
  fram worker fram://10.0.0.1:7077 --bind 10.0.0.2 --allow-path /data --tls-cert worker.pem \
              --tls-key worker.key --tls-ca ca.pem --tls-mutual

Each task runs in a process of its own, so that none takes another with it. A worker whose
master goes away looks for it again; one whose token or build its master refuses ends.
A notebook fetches rows from workers as it calls the master: the --tls-ca that it names in
%cluster must have signed their certificates, too.

Exit codes: 0 ended as asked; 2 it could not be started, or is refused.";

pub(super) const CLUSTER_HELP: &str = "\
Examples:
  fram cluster start                       a master and two workers
  fram cluster start -n 4 --cores 2
  fram cluster start --port 0 --ui-port 0  any ports that are free
  fram cluster start --bind 10.0.0.1 --allow-path /data
                                           for notebooks on other machines

Workers that fail at once end the cluster with what they say; others are started again.
Then, in a notebook: %cluster fram://127.0.0.1:7077

Exit codes: 0 ended as asked; 2 it could not be started.";
