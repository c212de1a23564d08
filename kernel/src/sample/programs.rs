//! The programs and libraries that run in the domain, with what Sysmon reads from their files.

use super::random::Random;

/// A file with version information: a program or a library.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Binary {
    /// Where it lies; `%USER%` stands for the user's name.
    pub(crate) path: &'static str,
    /// `OriginalFileName`.
    pub(crate) original: &'static str,
    /// `Description`.
    pub(crate) description: &'static str,
    /// Who made it.
    pub(crate) maker: &'static Maker,
}

/// Who made a file, and as part of what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Maker {
    /// `Company`.
    pub(crate) company: &'static str,
    /// `Product`.
    pub(crate) product: &'static str,
    /// `FileVersion`.
    pub(crate) version: &'static str,
    /// `Signature`, `-` when unsigned.
    pub(crate) signature: &'static str,
}

static WINDOWS: Maker = Maker {
    company: "Microsoft Corporation",
    product: "Microsoft® Windows® Operating System",
    version: "10.0.19041.1 (WinBuild.160101.0800)",
    signature: "Microsoft Windows",
};
static OFFICE: Maker = Maker {
    company: "Microsoft Corporation",
    product: "Microsoft Office",
    version: "16.0.17328.20162",
    signature: "Microsoft Corporation",
};
static BROWSER: Maker = Maker {
    company: "Microsoft Corporation",
    product: "Microsoft Edge",
    version: "120.0.2210.91",
    signature: "Microsoft Corporation",
};
static SYSINTERNALS: Maker = Maker {
    company: "Sysinternals - www.sysinternals.com",
    product: "Sysinternals tools",
    version: "2.43",
    signature: "Microsoft Corporation",
};
static AGENT: Maker = Maker {
    company: "Evenkeel Systems",
    product: "Evenkeel Management",
    version: "8.2.0.411",
    signature: "Evenkeel Systems Ltd",
};
static ARCHIVER: Maker = Maker { company: "Igor Pavlov", product: "7-Zip", version: "23.01", signature: "-" };
static NOBODY: Maker = Maker { company: "-", product: "-", version: "-", signature: "-" };

macro_rules! binaries {
    ($($(#[$doc:meta])* $name:ident = $maker:ident, $path:literal, $original:literal, $description:literal;)*) => {
        $($(#[$doc])* pub(crate) static $name: Binary =
            Binary { path: $path, original: $original, description: $description, maker: &$maker };)*
    };
}

binaries! {
    /// The session manager, the first process with an image.
    SMSS = WINDOWS, r"C:\Windows\System32\smss.exe", "smss.exe", "Windows Session Manager";
    /// The Windows subsystem.
    CSRSS = WINDOWS, r"C:\Windows\System32\csrss.exe", "CSRSS.Exe", "Client Server Runtime Process";
    /// The start of services.
    WININIT = WINDOWS, r"C:\Windows\System32\wininit.exe", "WinInit.exe", "Windows Start-Up Application";
    /// The start of a person's session.
    WINLOGON = WINDOWS, r"C:\Windows\System32\winlogon.exe", "WINLOGON.EXE", "Windows Logon Application";
    /// The service manager.
    SERVICES = WINDOWS, r"C:\Windows\System32\services.exe", "services.exe", "Services and Controller app";
    /// What holds credentials.
    LSASS = WINDOWS, r"C:\Windows\System32\lsass.exe", "lsass.exe", "Local Security Authority Process";
    /// The host of services.
    SVCHOST = WINDOWS, r"C:\Windows\System32\svchost.exe", "svchost.exe", "Host Process for Windows Services";
    /// The print spooler.
    SPOOLER = WINDOWS, r"C:\Windows\System32\spoolsv.exe", "spoolsv.exe", "Spooler SubSystem App";
    /// The virus scanner.
    SCANNER = WINDOWS, r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.23110.3-0\MsMpEng.exe", "MsMpEng.exe", "Antimalware Service Executable";
    /// Sysmon itself.
    SYSMON = SYSINTERNALS, r"C:\Windows\Sysmon64.exe", "-", "System activity monitor";
    /// The agent that manages computers and forwards their events.
    KEEL = AGENT, r"C:\Program Files\Evenkeel\keelagent.exe", "keelagent.exe", "Evenkeel Agent";
    /// The DNS server.
    DNS = WINDOWS, r"C:\Windows\System32\dns.exe", "dns.exe", "Domain Name System (DNS) Server";
    /// File replication between controllers.
    DFSR = WINDOWS, r"C:\Windows\System32\dfsrs.exe", "dfsrs.exe", "Distributed File System Replication";
    /// The first program of a person's session.
    USERINIT = WINDOWS, r"C:\Windows\System32\userinit.exe", "USERINIT.EXE", "Userinit Logon Application";
    /// The desktop.
    EXPLORER = WINDOWS, r"C:\Windows\explorer.exe", "EXPLORER.EXE", "Windows Explorer";
    /// Mail.
    OUTLOOK = OFFICE, r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE", "Outlook.exe", "Microsoft Outlook";
    /// Documents.
    WINWORD = OFFICE, r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE", "WinWord.exe", "Microsoft Word";
    /// Spreadsheets.
    EXCEL = OFFICE, r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE", "Excel.exe", "Microsoft Excel";
    /// The browser.
    EDGE = BROWSER, r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe", "msedge.exe", "Microsoft Edge";
    /// Printing from 32-bit programs, started by Word and Excel.
    SPLWOW = WINDOWS, r"C:\Windows\splwow64.exe", "splwow64.exe", "Print driver host for applications";
    /// The text editor.
    NOTEPAD = WINDOWS, r"C:\Windows\System32\notepad.exe", "NOTEPAD.EXE", "Notepad";
    /// The command interpreter.
    CMD = WINDOWS, r"C:\Windows\System32\cmd.exe", "Cmd.Exe", "Windows Command Processor";
    /// The console window of a program without one.
    CONHOST = WINDOWS, r"C:\Windows\System32\conhost.exe", "CONHOST.EXE", "Console Window Host";
    /// The other command interpreter.
    POWERSHELL = WINDOWS, r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", "PowerShell.EXE", "Windows PowerShell";
    /// Who am I.
    WHOAMI = WINDOWS, r"C:\Windows\System32\whoami.exe", "whoami.exe", "whoami - displays logged on user information";
    /// Accounts, groups and shares.
    NET = WINDOWS, r"C:\Windows\System32\net.exe", "net.exe", "Net Command";
    /// What `net` calls.
    NET1 = WINDOWS, r"C:\Windows\System32\net1.exe", "net1.exe", "Net Command";
    /// Domain trusts and controllers.
    NLTEST = WINDOWS, r"C:\Windows\System32\nltest.exe", "nltestrk.exe", "Microsoft® Logon Server Test Utility";
    /// Network settings.
    IPCONFIG = WINDOWS, r"C:\Windows\System32\ipconfig.exe", "ipconfig.exe", "IP Configuration Utility";
    /// System facts.
    SYSTEMINFO = WINDOWS, r"C:\Windows\System32\systeminfo.exe", "sysinfo.exe", "Displays system information";
    /// Group policy refresh.
    GPUPDATE = WINDOWS, r"C:\Windows\System32\gpupdate.exe", "GPUpdate.exe", "Microsoft® Group Policy Update Utility";
    /// Runs functions of libraries.
    RUNDLL = WINDOWS, r"C:\Windows\System32\rundll32.exe", "RUNDLL32.EXE", "Windows host process (Rundll32)";
    /// Background tasks.
    TASKHOST = WINDOWS, r"C:\Windows\System32\taskhostw.exe", "taskhostw.exe", "Host Process for Windows Tasks";
    /// Brokers of applications from the store.
    BROKER = WINDOWS, r"C:\Windows\System32\RuntimeBroker.exe", "RuntimeBroker.exe", "Runtime Broker";
    /// Hosts COM objects.
    DLLHOST = WINDOWS, r"C:\Windows\System32\dllhost.exe", "dllhost.exe", "COM Surrogate";
    /// Hosts WMI providers, and what is started over WMI.
    WMIPRVSE = WINDOWS, r"C:\Windows\System32\wbem\WmiPrvSE.exe", "Wmiprvse.exe", "WMI Provider Host";
    /// Event log administration.
    WEVTUTIL = WINDOWS, r"C:\Windows\System32\wevtutil.exe", "wevtutil.exe", "Eventing Command Line Utility";
    /// Transfers over HTTP.
    CURL = WINDOWS, r"C:\Windows\System32\curl.exe", "curl.exe", "The curl executable";
    /// Copies trees of files.
    ROBOCOPY = WINDOWS, r"C:\Windows\System32\robocopy.exe", "robocopy.exe", "Microsoft Robocopy";
    /// The archiver.
    SEVENZIP = ARCHIVER, r"C:\Program Files\7-Zip\7z.exe", "7z.exe", "7-Zip Console";
    /// Runs a program on another host, at the side that asks.
    PSEXEC = SYSINTERNALS, r"C:\Tools\PsExec64.exe", "psexec.c", "Execute processes remotely";
    /// The same, at the side that answers.
    PSEXESVC = SYSINTERNALS, r"C:\Windows\PSEXESVC.exe", "psexesvc.exe", "PsExec Service";
    /// A program that says nothing of itself; its path is made when it is needed.
    UNKNOWN = NOBODY, r"C:\Windows\unknown.exe", "-", "-";
    /// Visual Basic in Office, loaded with documents that hold macros.
    VBE = OFFICE, r"C:\Program Files\Common Files\Microsoft Shared\VBA\VBA7.1\VBE7.DLL", "VBE7.DLL", "Visual Basic Design Time Environment";
    /// PowerShell's engine.
    AUTOMATION = WINDOWS, r"C:\Windows\assembly\NativeImages_v4.0.30319_64\System.Manaa57fc8cc#\System.Management.Automation.ni.dll", "System.Management.Automation.dll", "System.Management.Automation";
    /// Writes dumps of processes.
    DBGHELP = WINDOWS, r"C:\Windows\System32\dbgcore.dll", "DBGCORE.DLL", "Windows Core Debugging Helpers";
    /// COM+ services, with a function that dumps a process.
    COMSVCS = WINDOWS, r"C:\Windows\System32\comsvcs.dll", "COMSVCS.DLL", "COM+ Services";
}

binaries! {
    /// Kernel calls.
    NTDLL = WINDOWS, r"C:\Windows\System32\ntdll.dll", "ntdll.dll", "NT Layer DLL";
    /// The Win32 interface.
    KERNEL32 = WINDOWS, r"C:\Windows\System32\kernel32.dll", "kernel32", "Windows NT BASE API Client DLL";
    /// Its core.
    KERNELBASE = WINDOWS, r"C:\Windows\System32\KernelBase.dll", "Kernelbase", "Windows NT BASE API Client DLL";
    /// Registry, services, security.
    ADVAPI = WINDOWS, r"C:\Windows\System32\advapi32.dll", "advapi32.dll", "Advanced Windows 32 Base API";
    /// Windows and messages.
    USER32 = WINDOWS, r"C:\Windows\System32\user32.dll", "user32", "Multi-User Windows USER API Client DLL";
    /// COM.
    OLE32 = WINDOWS, r"C:\Windows\System32\ole32.dll", "OLE32.DLL", "Microsoft OLE for Windows";
    /// COM's catalogue.
    CLBCATQ = WINDOWS, r"C:\Windows\System32\clbcatq.dll", "CLBCATQ.DLL", "COM+ Configuration Catalog";
    /// Sockets.
    WS2 = WINDOWS, r"C:\Windows\System32\ws2_32.dll", "ws2_32.dll", "Windows Socket 2.0 32-Bit DLL";
    /// HTTP.
    WINHTTP = WINDOWS, r"C:\Windows\System32\winhttp.dll", "winhttp.dll", "Windows HTTP Services";
    /// Name resolution.
    DNSAPI = WINDOWS, r"C:\Windows\System32\dnsapi.dll", "dnsapi", "DNS Client API DLL";
    /// Cryptography.
    CRYPT32 = WINDOWS, r"C:\Windows\System32\crypt32.dll", "CRYPT32.DLL", "Crypto API32";
    /// Accounts and groups.
    SAMCLI = WINDOWS, r"C:\Windows\System32\samcli.dll", "samcli.dll", "Security Accounts Manager Client DLL";
    /// The shell.
    SHELL32 = WINDOWS, r"C:\Windows\System32\shell32.dll", "SHELL32.DLL", "Windows Shell Common Dll";
    /// .NET.
    CLR = WINDOWS, r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\clr.dll", "clr.dll", "Microsoft .NET Runtime Common Language Runtime";
    /// The agent's hook, in every program.
    KEELHOOK = AGENT, r"C:\Program Files\Evenkeel\keelhook.dll", "keelhook.dll", "Evenkeel Application Control";
    /// Scans of scripts.
    AMSI = WINDOWS, r"C:\Windows\System32\amsi.dll", "amsi.dll", "Anti-Malware Scan Interface";
}

/// Libraries that any program may load.
pub(crate) static LIBRARIES: [&Binary; 16] = [
    &NTDLL,
    &KERNEL32,
    &KERNELBASE,
    &ADVAPI,
    &USER32,
    &OLE32,
    &CLBCATQ,
    &WS2,
    &WINHTTP,
    &DNSAPI,
    &CRYPT32,
    &SAMCLI,
    &SHELL32,
    &CLR,
    &KEELHOOK,
    &AMSI,
];

/// The `Hashes` of the file at `path`: always the same for the same path, and no real file's.
pub(crate) fn hashes(path: &str) -> String {
    let mut random = Random::named(0, &path.to_lowercase());
    format!(
        "SHA1={},MD5={},SHA256={},IMPHASH={}",
        random.hex(40),
        random.hex(32),
        random.hex(64),
        random.hex(32)
    )
}
