//! Extraction of slots into a tree, by two workers.
//!
//! The work is a list of items, taken in order: a frame of a slot, or a slot as a whole. A frame is read, hashed, decoded and
//! written by one worker. **The carry rule**: where a file's data crosses from one frame into the next, the worker that meets
//! the file's header hands the open file on (`Carry`), before it writes its own part. A worker writes what begins in its frame
//! first, and only then waits for what the frame before has to carry over: items are taken in order, so whoever is waited for
//! is at work, and nothing can wait in a circle. Parts of one file are written with pwrite; whoever writes the last byte sets
//! the time.
//!
//! Source: spec/launch.md#extraction, spec/operations.md.

use crate::carry::{BLOCK, Carry, SpanningFile, carry_length, malformed, padded, require_zeros, write_carried};
use crate::placeholders::slot_target;
use crate::progress::Progress;
use crate::system;
use crate::tree::{Tree, failed};
use flavor_format::{Error, ErrorCode, Frame, Header, Kind, Result, TarDecoder, TarEntry, check_path, check_stays_inside};
use flavor_reader::{Action, Fault, Finding, FrameDecoder, Level, Package, SlotStream, frames_of, verify};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

const CHUNK: usize = 256 * 1024;
const WORKERS: usize = 2;

/// Where slots go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Each at its target.
    Workenv,
    /// One slot by itself: an archive into the tree's root, a file under the last part of its target.
    Alone,
}

/// What an extraction brought besides the files.
#[derive(Debug, Default)]
pub struct Extracted {
    /// Digest faults that the level tolerates: each is a warning, and the tree may not be published.
    pub tolerated: Vec<Finding>,
    /// Paths that slots of lifecycle `init` and `volatile` brought, in order.
    pub passing: Vec<String>,
}

/// Extract slots into an empty tree.
///
/// Errors: `slot-digest-wrong` where the level refuses it, `archive-malformed`, `frame-invalid`, `path-unsafe`, `link-unsafe`,
/// `entry-conflict`, `entry-refused`, `extraction-failed`, `disk-full`.
pub fn extract(
    package: &Package,
    positions: &[usize],
    placement: Placement,
    tree: &Tree,
    level: Level,
    progress: &Progress<'_>,
) -> Result<Extracted> {
    let mut jobs = Vec::new();
    for &position in positions {
        jobs.push(Job::new(package, position, placement)?);
    }
    for job in &jobs {
        // An archive's directory is there even if the archive is empty.
        if job.is_archive {
            tree.make_directory(&job.target)?;
        }
    }
    let extraction = Extraction {
        package,
        tree,
        level,
        progress,
        items: jobs.iter().enumerate().flat_map(|(job, detail)| (0..detail.frames.len().max(1)).map(move |frame| (job, frame))).collect(),
        jobs,
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        failure: Mutex::new(None),
        tolerated: Mutex::new(Vec::new()),
    };
    let available = thread::available_parallelism().map_or(1, usize::from);
    let helpers = WORKERS.min(available).min(extraction.items.len()).saturating_sub(1);
    thread::scope(|scope| {
        for _ in 0..helpers {
            // Where no thread can be had (limits, seccomp) this one does the work alone.
            let _ = thread::Builder::new().spawn_scoped(scope, || extraction.work());
        }
        extraction.work();
    });
    extraction.finish()
}

/// One slot to be extracted.
struct Job {
    position: usize,
    target: String,
    is_archive: bool,
    passing: bool,
    /// Empty: the slot is one stream.
    frames: Vec<Frame>,
    /// What is carried into each frame, and out of the last one.
    carries: Mutex<Vec<Option<Carry>>>,
    carried: Condvar,
    placed: Mutex<Placed>,
}

/// What must wait until all files are written, or be known later.
#[derive(Default)]
struct Placed {
    directories: Vec<(String, i64)>,
    links: Vec<(String, String, i64)>,
    files: Vec<String>,
    warned: bool,
}

/// Even after a panic of the other worker (which ends the process) the data would be whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Job {
    fn new(package: &Package, position: usize, placement: Placement) -> Result<Self> {
        let entry = &package.metadata.slots[position];
        let is_archive = package.chain(position)?.is_archive();
        let mut target = slot_target(&entry.target).to_owned();
        if !package.is_sealed() {
            // Earlier launchers unpack archives into the root, whatever the target, and name a file without target by its slot.
            if is_archive {
                target = String::new();
            } else if target.is_empty() {
                target = format!("slot_{position}_{}", entry.id);
            }
        }
        if placement == Placement::Alone {
            target = if is_archive { String::new() } else { target.rsplit('/').next().unwrap_or_default().to_owned() };
        }
        if !target.is_empty() || !is_archive {
            check_path(&target)?;
        }
        let frames = frames_of(package, position)?.unwrap_or_default();
        let mut carries = vec![None; frames.len() + 1];
        carries[0] = Some(Carry::Nothing);
        Ok(Self {
            position,
            target,
            is_archive,
            passing: matches!(entry.lifecycle.as_str(), "init" | "volatile"),
            frames,
            carries: Mutex::new(carries),
            carried: Condvar::new(),
            placed: Mutex::new(Placed::default()),
        })
    }

    /// The path of an archive's entry from the root of the tree.
    fn path_of(&self, entry: &str) -> Result<String> {
        match (self.target.as_str(), entry) {
            ("", entry) => Ok(entry.to_owned()),
            (target, "") => Ok(target.to_owned()),
            (target, entry) => {
                let path = format!("{target}/{entry}");
                check_path(&path)?;
                Ok(path)
            }
        }
    }

    fn carry_into(&self, frame: usize, carry: Carry) {
        lock(&self.carries)[frame] = Some(carry);
        self.carried.notify_all();
    }
}

struct Extraction<'a> {
    package: &'a Package,
    tree: &'a Tree,
    level: Level,
    progress: &'a Progress<'a>,
    jobs: Vec<Job>,
    /// Job and frame.
    items: Vec<(usize, usize)>,
    next: AtomicUsize,
    failed: AtomicBool,
    failure: Mutex<Option<Error>>,
    tolerated: Mutex<Vec<Finding>>,
}

impl Extraction<'_> {
    fn work(&self) {
        let mut decoder = FrameDecoder::default();
        while !self.failed.load(Ordering::Acquire) {
            let Some(&(job, frame)) = self.items.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            let job = &self.jobs[job];
            let done = if job.frames.is_empty() { self.stream(job) } else { self.frame(job, frame, &mut decoder) };
            if let Err(error) = done {
                lock(&self.failure).get_or_insert(error);
                self.failed.store(true, Ordering::Release);
                for job in &self.jobs {
                    // Taken so that a waiter either sees the flag or is woken.
                    drop(lock(&job.carries));
                    job.carried.notify_all();
                }
            }
        }
    }

    /// Links, then times of directories, now that nothing changes them any more.
    fn finish(self) -> Result<Extracted> {
        if let Some(error) = lock(&self.failure).take() {
            return Err(error);
        }
        let mut extracted = Extracted { tolerated: std::mem::take(&mut *lock(&self.tolerated)), passing: Vec::new() };
        let mut all = Vec::new();
        for job in self.jobs {
            let placed = job.placed.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let Some(Carry::End { zero_blocks }) = job.carries.into_inner().unwrap_or_else(PoisonError::into_inner).pop().flatten()
                && zero_blocks < 2
            {
                return Err(malformed(format!("slot {}: the archive does not end in two zero blocks", job.position)));
            }
            all.push((placed, job.passing));
        }
        for (placed, _) in &all {
            for (path, target, mtime) in &placed.links {
                self.tree.make_link(path, target, *mtime)?;
            }
        }
        for (mut placed, passing) in all {
            placed.directories.sort_unstable();
            if let Some(pair) = placed.directories.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                return Err(Error::new(ErrorCode::EntryConflict, format!("two entries have the path {:?}", pair[0].0)));
            }
            for (path, mtime) in &placed.directories {
                self.tree.set_time(path, *mtime)?;
            }
            if passing {
                let links = placed.links.into_iter().map(|(path, ..)| path);
                let directories = placed.directories.into_iter().map(|(path, _)| path);
                extracted.passing.extend(placed.files.into_iter().chain(links).chain(directories));
            }
        }
        Ok(extracted)
    }

    /// A slot whose digest is not the signed one: refused, or tolerated once.
    fn digest_fault(&self, job: &Job) -> Result<()> {
        let finding = verify::slot_digest_finding(self.package, job.position);
        if self.level.action(Fault::SlotDigest) == Action::Refuse {
            return Err(finding.error);
        }
        if !std::mem::replace(&mut lock(&job.placed).warned, true) {
            lock(&self.tolerated).push(finding);
        }
        Ok(())
    }

    /// Make the entry of a header; a file is returned for its data to be written.
    fn place(&self, job: &Job, entry: &TarEntry) -> Result<Option<(File, String)>> {
        let path = job.path_of(&entry.path)?;
        match &entry.kind {
            Kind::Directory => {
                self.tree.make_directory(&path)?;
                if !entry.path.is_empty() {
                    lock(&job.placed).directories.push((path, entry.mtime));
                }
                Ok(None)
            }
            Kind::Link { target } => {
                check_stays_inside(&path, target)?;
                lock(&job.placed).links.push((path, target.clone(), entry.mtime));
                Ok(None)
            }
            Kind::File { executable } => {
                let file = self.tree.create_file(&path, if *executable { 0o755 } else { 0o644 })?;
                if job.passing {
                    lock(&job.placed).files.push(path.clone());
                }
                Ok(Some((file, path)))
            }
        }
    }

    fn frame(&self, job: &Job, number: usize, decoder: &mut FrameDecoder) -> Result<()> {
        let frame = &job.frames[number];
        if !decoder.read(self.package, job.position, frame)? {
            self.digest_fault(job)?;
        }
        let plain = decoder.decode(frame)?;
        if let Some(first) = frame.first {
            let (head, body) = plain.split_at(first as usize);
            let written = self.body(job, number, body);
            let Some(carry) = self.carried(job, number) else { return written };
            if head.len() as u64 != carry_length(&carry) || matches!(carry, Carry::End { .. }) {
                return Err(wrong_first(frame));
            }
            written?;
            write_carried(&carry, head)?;
        } else {
            let Some(carry) = self.carried(job, number) else { return Ok(()) };
            let length = carry_length(&carry).min(frame.plain);
            let (data, rest) = plain.split_at(length as usize);
            // A frame without header is data of one file, then zero blocks.
            if rest.iter().any(|&byte| byte != 0) {
                return Err(wrong_first(frame));
            }
            let next = match &carry {
                Carry::File { file, at } if at + length < file.padded_size() => Carry::File { file: file.clone(), at: at + length },
                Carry::End { zero_blocks } => Carry::End { zero_blocks: zero_blocks + rest.len() as u64 / BLOCK },
                _ if rest.is_empty() => Carry::Nothing,
                _ => Carry::End { zero_blocks: rest.len() as u64 / BLOCK },
            };
            job.carry_into(number + 1, next);
            write_carried(&carry, data)?;
        }
        if number + 1 == job.frames.len()
            && !matches!(lock(&job.carries)[number + 1], Some(Carry::End { .. }))
            && !self.failed.load(Ordering::Acquire)
        {
            return Err(malformed(format!("slot {}: the archive is cut off", job.position)));
        }
        self.progress.advance(frame.plain);
        Ok(())
    }

    /// Wait for what the frame before carries over. `None`: the other worker failed, and this one may stop.
    fn carried(&self, job: &Job, number: usize) -> Option<Carry> {
        let mut carries = lock(&job.carries);
        loop {
            if let Some(carry) = &carries[number] {
                return Some(carry.clone());
            }
            if self.failed.load(Ordering::Acquire) {
                return None;
            }
            carries = job.carried.wait(carries).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Write what begins in this frame, and pass on what does not end in it.
    fn body(&self, job: &Job, number: usize, mut rest: &[u8]) -> Result<()> {
        let mut headers = TarDecoder::default();
        while let Some((block, after)) = rest.split_first_chunk() {
            match headers.header(block)? {
                Header::End => {
                    require_zeros(after, "what follows the end of the archive")?;
                    job.carry_into(number + 1, Carry::End { zero_blocks: rest.len() as u64 / BLOCK });
                    return Ok(());
                }
                Header::Extension(extension) => {
                    let (data, next) = after
                        .split_at_checked(padded(extension.size as u64) as usize)
                        .ok_or_else(|| malformed("tar: an extended header is separated from its entry"))?;
                    headers.extend(extension, &data[..extension.size])?;
                    rest = next;
                }
                Header::Entry(entry) => {
                    let Some((file, path)) = self.place(job, &entry)? else {
                        rest = after;
                        continue;
                    };
                    let length = padded(entry.size);
                    if length <= after.len() as u64 {
                        let (data, next) = after.split_at(length as usize);
                        let (data, filling) = data.split_at(entry.size as usize);
                        require_zeros(filling, "the filling of a block")?;
                        write_file(file, &path, data, entry.mtime)?;
                        rest = next;
                        continue;
                    }
                    let own = after.len() as u64;
                    let file = SpanningFile::new(file, path, entry.size, entry.mtime);
                    job.carry_into(number + 1, Carry::File { file: file.clone(), at: own });
                    return write_carried(&Carry::File { file, at: 0 }, after);
                }
            }
        }
        if headers.is_extended() {
            return Err(malformed("tar: an extended header is separated from its entry"));
        }
        job.carry_into(number + 1, Carry::Nothing);
        Ok(())
    }

    /// Extract a slot that is one stream: a single file, or an archive without frame list.
    fn stream(&self, job: &Job) -> Result<()> {
        let written = self.stream_contents(job);
        match written {
            Ok(true) => Ok(()),
            Ok(false) => self.digest_fault(job),
            // Damage shows as a decoding error first; its cause is what should be reported.
            Err(error) => match verify::slot_digest(self.package, job.position, |_| ()) {
                Ok(Some(finding)) if self.level.action(Fault::SlotDigest) == Action::Refuse => Err(finding.error),
                _ => Err(error),
            },
        }
    }

    /// Returns whether the digest fits.
    fn stream_contents(&self, job: &Job) -> Result<bool> {
        if self.package.metadata.slots[job.position].self_ref {
            return Ok(true);
        }
        let mut stream = BufReader::with_capacity(CHUNK, SlotStream::open(self.package, job.position)?);
        if job.is_archive {
            self.archive(job, &mut stream)?;
        } else {
            let file = self.tree.create_file(&job.target, self.single_file_mode(job.position))?;
            if job.passing {
                lock(&job.placed).files.push(job.target.clone());
            }
            self.copy(&mut stream, &file, &job.target, u64::MAX)?;
        }
        stream.into_inner().finish()
    }

    fn single_file_mode(&self, position: usize) -> u32 {
        let mode = u32::from(self.package.metadata.slots[position].permissions.unwrap_or(self.package.slots[position].permissions));
        // Earlier builders' zero means 0600. No tree is writable for others, nor sets ids.
        (if mode == 0 && !self.package.is_sealed() { 0o600 } else { mode }) & 0o755
    }

    fn archive(&self, job: &Job, stream: &mut BufReader<SlotStream<'_>>) -> Result<()> {
        let mut headers = TarDecoder::default();
        let mut block = [0; BLOCK as usize];
        loop {
            read_exact(stream, &mut block)?;
            match headers.header(&block)? {
                Header::End => break,
                Header::Extension(extension) => {
                    let mut data = vec![0; padded(extension.size as u64) as usize];
                    read_exact(stream, &mut data)?;
                    headers.extend(extension, &data[..extension.size])?;
                }
                Header::Entry(entry) => {
                    let Some((file, path)) = self.place(job, &entry)? else { continue };
                    if self.copy(stream, &file, &path, entry.size)? != entry.size {
                        return Err(malformed("tar: the archive is cut off"));
                    }
                    let mut filling = [0; BLOCK as usize];
                    let filling = &mut filling[..(padded(entry.size) - entry.size) as usize];
                    read_exact(stream, filling)?;
                    require_zeros(filling, "the filling of a block")?;
                    system::set_time(&file, entry.mtime).map_err(|error| failed(&path, &error))?;
                }
            }
        }
        let mut zeros = BLOCK;
        loop {
            let bytes = stream.fill_buf().map_err(|error| SlotStream::error_of(&error))?;
            if bytes.is_empty() {
                break;
            }
            require_zeros(bytes, "what follows the end of the archive")?;
            let length = bytes.len();
            zeros += length as u64;
            stream.consume(length);
        }
        if zeros < 2 * BLOCK || !zeros.is_multiple_of(BLOCK) {
            return Err(malformed("tar: the archive does not end in two zero blocks"));
        }
        Ok(())
    }

    /// Copy at most `limit` bytes. Returns how many there were.
    fn copy(&self, stream: &mut BufReader<SlotStream<'_>>, mut file: &File, path: &str, limit: u64) -> Result<u64> {
        let mut done = 0;
        while done < limit {
            let bytes = stream.fill_buf().map_err(|error| SlotStream::error_of(&error))?;
            let length = bytes.len().min(usize::try_from(limit - done).unwrap_or(usize::MAX));
            if length == 0 {
                break;
            }
            file.write_all(&bytes[..length]).map_err(|error| failed(path, &error))?;
            stream.consume(length);
            done += length as u64;
            self.progress.advance(length as u64);
        }
        Ok(done)
    }
}

fn wrong_first(frame: &Frame) -> Error {
    let first = frame.first.map_or_else(|| "null".to_owned(), |first| first.to_string());
    Error::new(ErrorCode::FrameInvalid, format!("frame at {}: first is {first}, which is not where the first header starts", frame.offset))
}

fn write_file(mut file: File, path: &str, data: &[u8], mtime: i64) -> Result<()> {
    file.write_all(data).and_then(|()| system::set_time(&file, mtime)).map_err(|error| failed(path, &error))
}

fn read_exact(stream: &mut BufReader<SlotStream<'_>>, buffer: &mut [u8]) -> Result<()> {
    std::io::Read::read_exact(stream, buffer).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => malformed("tar: the archive is cut off"),
        _ => SlotStream::error_of(&error),
    })
}
