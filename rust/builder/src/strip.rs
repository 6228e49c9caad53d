//! Dropping what an ELF launcher does not need at run time: section headers and what only they name. Source: spec/builder.md#strip.

const LOAD: u32 = 1;

/// Offsets and sizes of the fields of one class of ELF files. All platforms of this format are little-endian.
struct Class {
    program_headers: usize,
    section_headers: usize,
    /// Of `e_phentsize`; `e_phnum`, `e_shentsize`, `e_shnum` and `e_shstrndx` follow it.
    entry_size: usize,
    word: usize,
    file_offset: usize,
    file_size: usize,
}

const ELF32: Class = Class { program_headers: 28, section_headers: 32, entry_size: 42, word: 4, file_offset: 4, file_size: 16 };
const ELF64: Class = Class { program_headers: 32, section_headers: 40, entry_size: 54, word: 8, file_offset: 8, file_size: 32 };

/// Cut an ELF file at the end of its last loaded segment, in place.
///
/// Returns how many bytes were dropped: 0 for a file that is none, or ends there already; such a file stays as it is.
pub fn strip(launcher: &mut Vec<u8>) -> usize {
    let Some((class, end)) = loaded_end(launcher) else { return 0 };
    let dropped = launcher.len().saturating_sub(end);
    if dropped == 0 {
        return 0;
    }
    launcher.truncate(end);
    launcher[class.section_headers..class.section_headers + class.word].fill(0);
    launcher[class.entry_size + 6..class.entry_size + 10].fill(0);
    dropped
}

fn loaded_end(bytes: &[u8]) -> Option<(&'static Class, usize)> {
    let class = match bytes {
        [0x7f, b'E', b'L', b'F', 1, 1, ..] => &ELF32,
        [0x7f, b'E', b'L', b'F', 2, 1, ..] => &ELF64,
        _ => return None,
    };
    let number = |at: usize, size: usize| {
        let field = bytes.get(at..at.checked_add(size)?)?;
        usize::try_from(field.iter().rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte))).ok()
    };
    let table = number(class.program_headers, class.word)?;
    let (entry_size, count) = (number(class.entry_size, 2)?, number(class.entry_size + 2, 2)?);
    let mut end = 0;
    for entry in 0..count {
        let at = table.checked_add(entry * entry_size)?;
        if number(at, 4)? == LOAD as usize {
            let segment = number(at + class.file_offset, class.word)?.checked_add(number(at + class.file_size, class.word)?)?;
            end = end.max(segment);
        }
    }
    // The headers themselves must stay.
    let needed = table.checked_add(count * entry_size)?.max(class.entry_size + 10);
    (needed <= end && end <= bytes.len()).then_some((class, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF64 header, one program header, and segments that end at `end`; `rest` bytes follow.
    fn elf(kind: u32, end: u64, rest: usize) -> Vec<u8> {
        let mut bytes = vec![0xaa; 64 + 56];
        bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..58].copy_from_slice(&[56, 0, 1, 0]);
        bytes[64..68].copy_from_slice(&kind.to_le_bytes());
        bytes[72..80].copy_from_slice(&0_u64.to_le_bytes());
        bytes[96..104].copy_from_slice(&end.to_le_bytes());
        bytes.resize(end as usize + rest, 0xbb);
        bytes
    }

    #[test]
    fn everything_after_the_last_loaded_byte_goes() {
        let mut bytes = elf(LOAD, 1000, 345);
        let mut expected = bytes[..1000].to_vec();
        expected[40..48].fill(0);
        expected[60..64].fill(0);
        assert_eq!(strip(&mut bytes), 345);
        assert_eq!(bytes, expected);
        assert_eq!(strip(&mut bytes), 0, "it ends there already");
    }

    #[test]
    fn other_files_stay_as_they_are() {
        let mut outside = elf(LOAD, 1000, 5);
        outside.truncate(900);
        for bytes in [elf(2, 1000, 5), outside, b"MZ".to_vec(), vec![0x7f, b'E', b'L', b'F', 2, 1], elf(LOAD, 1000, 0)] {
            let mut stripped = bytes.clone();
            assert_eq!(strip(&mut stripped), 0);
            assert_eq!(stripped, bytes);
        }
    }
}
