//! A VFS that does what SQLite's own does, and takes down what becomes of the files in directories that are recorded.
#![expect(unsafe_code, reason = "SQLite takes a VFS only as C functions")]

use std::collections::HashMap;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, Once};

use rusqlite::ffi;

/// Something that happened, in the order of happening.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// To a file.
    File { name: String, act: Act },
    /// A write of the test's was sent.
    Sent(usize),
    /// It was answered.
    Answered(usize),
}

/// What happened to a file.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Write {
        offset: usize,
        octets: Vec<u8>,
    },
    Truncate(usize),
    /// All that happened to it before the event of this number is on disk.
    Sync {
        covers: usize,
    },
    /// Its entry has gone from its directory.
    Remove,
}

/// Events, by the directory of the files.
static RECORDINGS: Mutex<Option<HashMap<PathBuf, Vec<Event>>>> = Mutex::new(None);

/// An open file that is recorded.
#[derive(Clone)]
struct Opened {
    path: PathBuf,
    /// The methods that SQLite's own VFS has for it.
    own: ffi::sqlite3_io_methods,
}

/// Open files that are recorded, by the address that SQLite has for them.
static OPEN: Mutex<Option<HashMap<usize, Opened>>> = Mutex::new(None);

/// SQLite's own VFS. Set before it is used, and never freed.
static OWN_VFS: AtomicPtr<ffi::sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

/// Records what happens in a directory from now on.
pub(crate) fn start(directory: &Path) {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(register);
    let mut recordings = RECORDINGS.lock().unwrap();
    recordings
        .get_or_insert_default()
        .insert(directory.to_owned(), Vec::new());
}

/// Takes down what the test does.
pub(crate) fn note(directory: &Path, event: Event) {
    push(directory, |_| event);
}

/// How many of the events so far are meant.
pub(crate) fn count(directory: &Path, is_meant: impl Fn(&Event) -> bool) -> usize {
    let recordings = RECORDINGS.lock().unwrap();
    let events = recordings.as_ref().and_then(|all| all.get(directory));
    let events = events.expect("it was started").iter();
    events.filter(|event| is_meant(event)).count()
}

/// What has happened.
pub(crate) fn stop(directory: &Path) -> Vec<Event> {
    let mut recordings = RECORDINGS.lock().unwrap();
    recordings
        .as_mut()
        .and_then(|all| all.remove(directory))
        .expect("it was started")
}

/// Adds an event, and returns how many there were before.
fn push(directory: &Path, event: impl FnOnce(usize) -> Event) -> usize {
    let mut recordings = RECORDINGS.lock().unwrap();
    let recording = recordings.as_mut().and_then(|all| all.get_mut(directory));
    recording.map_or(0, |events| {
        let count = events.len();
        events.push(event(count));
        count
    })
}

fn is_recorded(path: &Path) -> bool {
    let recordings = RECORDINGS.lock().unwrap();
    let directory = path.parent();
    recordings
        .as_ref()
        .is_some_and(|all| directory.is_some_and(|directory| all.contains_key(directory)))
}

fn take_down(path: &Path, act: Act) -> usize {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    push(directory, |_| Event::File { name, act })
}

/// Makes ours the VFS of all connections that name none.
fn register() {
    // SAFETY: SQLite is initialised by the first call of any function; the VFS it returns is never freed.
    let own = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    assert!(!own.is_null(), "SQLite has a VFS");
    OWN_VFS.store(own, Ordering::Release);
    // SAFETY: `own` points to a VFS, which is plain data and may be copied.
    let copy = unsafe { *own };
    let ours = Box::leak(Box::new(ffi::sqlite3_vfs {
        pNext: ptr::null_mut(),
        zName: c"recording".as_ptr(),
        xOpen: Some(open),
        xDelete: Some(delete),
        ..copy
    }));
    // SAFETY: `ours` lives as long as the process, and each of its functions keeps the contract of that of SQLite's own VFS,
    // which all but two are.
    let registered = unsafe { ffi::sqlite3_vfs_register(ours, 1) };
    assert_eq!(registered, ffi::SQLITE_OK);
}

/// The path of a name that SQLite gives.
///
/// # Safety
/// `name` is null, or a text that ends with a zero.
unsafe fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())).to_owned())
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let own = OWN_VFS.load(Ordering::Acquire);
    // SAFETY: SQLite's own VFS is called with what SQLite gave us. The file has room for it, since ours says the same size.
    let result = unsafe { (*own).xOpen.unwrap()(own, name, file, flags, out_flags) };
    // SAFETY: a name that SQLite gives is null or a text.
    let path = unsafe { path_of(name) };
    let kinds = ffi::SQLITE_OPEN_MAIN_DB | ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL;
    if let Some(path) = path
        && result == ffi::SQLITE_OK
        && flags & kinds != 0
        && is_recorded(&path)
    {
        // SAFETY: the file was opened, so it points to its methods, which are plain data.
        let own = unsafe { *(*file).pMethods };
        let ours = Box::leak(Box::new(ffi::sqlite3_io_methods {
            xClose: Some(close),
            xWrite: Some(write),
            xTruncate: Some(truncate),
            xSync: Some(sync),
            ..own
        }));
        // SAFETY: ours differ in four functions, which call those of SQLite's own on the same file; they are never freed.
        unsafe { (*file).pMethods = ours };
        let mut open = OPEN.lock().unwrap();
        let opened = Opened { path, own };
        open.get_or_insert_default().insert(file as usize, opened);
    }
    result
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_directory: c_int,
) -> c_int {
    let own = OWN_VFS.load(Ordering::Acquire);
    // SAFETY: a name that SQLite gives is a text.
    if let Some(path) = unsafe { path_of(name) } {
        let removed = take_down(&path, Act::Remove);
        if sync_directory != 0 {
            take_down(
                &path,
                Act::Sync {
                    covers: removed + 1,
                },
            );
        }
    }
    // SAFETY: SQLite's own VFS is called with what SQLite gave us.
    unsafe { (*own).xDelete.unwrap()(own, name, sync_directory) }
}

fn opened(file: *mut ffi::sqlite3_file) -> Opened {
    let open = OPEN.lock().unwrap();
    let opened = open.as_ref().and_then(|open| open.get(&(file as usize)));
    opened.expect("only open files are used").clone()
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let Opened { own, .. } = opened(file);
    let mut open = OPEN.lock().unwrap();
    open.get_or_insert_default().remove(&(file as usize));
    drop(open);
    // SAFETY: the file is one that SQLite's own VFS has opened.
    unsafe { own.xClose.unwrap()(file) }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    buffer: *const c_void,
    count: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let length = usize::try_from(count).unwrap();
    // SAFETY: SQLite gives a buffer of `count` octets, and leaves it alone until we return.
    let octets = unsafe { slice::from_raw_parts(buffer.cast::<u8>(), length) };
    let act = Act::Write {
        offset: usize::try_from(offset).unwrap(),
        octets: octets.to_vec(),
    };
    let Opened { path, own } = opened(file);
    take_down(&path, act);
    // SAFETY: the file is one that SQLite's own VFS has opened; the rest is what SQLite gave us.
    unsafe { own.xWrite.unwrap()(file, buffer, count, offset) }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let Opened { path, own } = opened(file);
    take_down(&path, Act::Truncate(usize::try_from(size).unwrap()));
    // SAFETY: the file is one that SQLite's own VFS has opened.
    unsafe { own.xTruncate.unwrap()(file, size) }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    let Opened { path, own } = opened(file);
    let mut covers = 0;
    if let Some(directory) = path.parent() {
        let recordings = RECORDINGS.lock().unwrap();
        let recording = recordings.as_ref().and_then(|all| all.get(directory));
        covers = recording.map_or(0, Vec::len);
    }
    // SAFETY: the file is one that SQLite's own VFS has opened.
    let result = unsafe { own.xSync.unwrap()(file, flags) };
    // Only what was written before it began: what another thread has written meanwhile may have come too late.
    if result == ffi::SQLITE_OK {
        take_down(&path, Act::Sync { covers });
    }
    result
}
