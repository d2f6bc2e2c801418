//! Test files: single JSON files, folders of them, and compressed archives.

use flate2::read::GzDecoder;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

/// One file, or why it cannot be read.
pub type Found = (String, io::Result<Vec<u8>>);

/// Visits every JSON file that a path names: the file itself, those in a folder (in order of name), or those in a
/// `.tar.gz`.
pub fn visit(path: &Path, visitor: &mut dyn FnMut(Found)) {
    let name = path.display().to_string();
    if path.is_dir() {
        match fs::read_dir(path).and_then(|entries| entries.collect::<io::Result<Vec<_>>>()) {
            Err(error) => visitor((name, Err(error))),
            Ok(mut entries) => {
                entries.sort_by_key(|entry| entry.file_name());
                for entry in entries {
                    let path = entry.path();
                    let wanted = path.extension().is_some_and(|e| e == "json") || name_ends(&path, ".tar.gz");
                    if path.is_dir() || wanted {
                        visit(&path, visitor);
                    }
                }
            }
        }
    } else if name_ends(path, ".tar.gz") || name_ends(path, ".tgz") {
        if let Err(error) = visit_archive(path, visitor) {
            visitor((name, Err(error)));
        }
    } else {
        visitor((name, fs::read(path)));
    }
}

fn name_ends(path: &Path, end: &str) -> bool {
    path.to_string_lossy().ends_with(end)
}

fn visit_archive(path: &Path, visitor: &mut dyn FnMut(Found)) -> io::Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(File::open(path)?)));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let inner = entry.path()?.into_owned();
        if inner.extension().is_some_and(|extension| extension == "json") {
            let mut text = Vec::new();
            let read = entry.read_to_end(&mut text).map(|_| text);
            visitor((format!("{}:{}", path.display(), inner.display()), read));
        }
    }
    Ok(())
}
