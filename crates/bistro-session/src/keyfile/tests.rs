//! Files of keys: made, read, refused.
#![expect(
    clippy::indexing_slicing,
    reason = "what a test looks at is there, or the test fails"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use super::{KeyFileError, create, read, read_or_create};

#[test]
fn a_file_is_made_for_its_owner_alone_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session.keys");
    let made = read_or_create(&path).expect("it is made");
    let mode = fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&path).expect("it is text");
    assert!(
        text.starts_with("# ") && text.ends_with(made.print().as_str()),
        "{text}"
    );
    let again = read_or_create(&path).expect("it is read");
    assert_eq!(again.print(), made.print());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    let error = create(&path).expect_err("there is one").to_string();
    assert!(error.contains("cannot be made"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn a_file_that_others_can_use_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session.keys");
    create(&path).expect("it is made");
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is ours");
        let error = read(&path).expect_err("others can use it");
        assert!(matches!(&error, KeyFileError::Open { mode: told, .. } if *told == mode));
        let shown = path.display();
        assert!(
            error
                .to_string()
                .contains(&format!("run `chmod 600 {shown}`")),
            "{error}"
        );
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is ours");
        assert!(read(&path).is_ok(), "{mode:o}");
    }
}

#[test]
fn what_cannot_be_read_or_made_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("absent/session.keys");
    assert!(matches!(read(&path), Err(KeyFileError::Read { .. })));
    assert!(matches!(
        read_or_create(&path),
        Err(KeyFileError::Create { .. })
    ));
    let path = folder.path().join("session.keys");
    fs::write(&path, "secret").expect("it is written");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("it is ours");
    let error = read_or_create(&path).expect_err("it is no key").to_string();
    assert!(error.contains("key 1 is not 32 bytes"), "{error}");
    assert!(!error.contains("secret"), "{error}");
    fs::write(&path, [0xff]).expect("it is written");
    assert!(matches!(read(&path), Err(KeyFileError::Read { .. })));
}

#[test]
fn servers_that_start_together_use_the_same_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session.keys");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            thread::spawn(move || read_or_create(&path).map(|keys| keys.print()))
        })
        .collect();
    let keys: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().expect("it ends").expect("it has keys"))
        .collect();
    assert!(keys.iter().all(|one| one == &keys[0]));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}
