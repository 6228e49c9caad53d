//! Any bytes as a package: opened, verified, and every slot decoded.
#![no_main]

use flavor_reader::{FrameDecoder, Level, SlotStream, frames_of, open, verify};
use libfuzzer_sys::fuzz_target;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::{LazyLock, Mutex};

/// What a slot may decode to before the fuzzer loses interest.
const ENOUGH: u64 = 4 << 20;

/// The reader reads files. One without a name, for all runs.
static FILE: LazyLock<Mutex<File>> = LazyLock::new(|| {
    let path = std::env::temp_dir().join(format!("flavor-fuzz-{}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path).expect("a temporary file");
    std::fs::remove_file(path).expect("its removal");
    Mutex::new(file)
});

fn store(bytes: &[u8]) -> io::Result<File> {
    let mut file = FILE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(bytes)?;
    file.try_clone()
}

fuzz_target!(|bytes: &[u8]| {
    let file = store(bytes).expect("a temporary file can be written");
    // Level none goes on where others stop, and so sees most code.
    let Ok(opened) = open(file, Level::None) else { return };
    let package = opened.package;
    let _ = verify::before_extraction(&package);
    let _ = verify::whole_file(&package, |_| ());
    for position in 0..package.slots.len() {
        if let Ok(Some(frames)) = frames_of(&package, position) {
            let mut decoder = FrameDecoder::default();
            for frame in &frames {
                if decoder.read(&package, position, frame).is_ok() {
                    let _ = decoder.decode(frame);
                }
            }
        } else if let Ok(mut stream) = SlotStream::open(&package, position) {
            if io::copy(&mut (&mut stream).take(ENOUGH), &mut io::sink()).is_ok() {
                let _ = stream.finish();
            }
        }
    }
});
