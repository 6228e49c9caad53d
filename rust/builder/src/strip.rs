//! Dropping what an ELF launcher does not need at run time: section headers and what only they name. Source: spec/builder.md#strip.

const LOAD: u32 = 1;

const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;

/// Cut a 64-bit little-endian ELF file at the end of its last loaded segment, in place.
///
/// Returns how many bytes were dropped: 0 for a file that is none, or ends there already; such a file stays as it is.
pub fn strip(launcher: &mut Vec<u8>) -> usize {
    let Some(end) = loaded_end(launcher) else { return 0 };
    let dropped = launcher.len().saturating_sub(end);
    if dropped == 0 {
        return 0;
    }
    launcher.truncate(end);
    launcher[40..48].fill(0); // e_shoff
    launcher[60..64].fill(0); // e_shnum, e_shstrndx
    dropped
}

fn loaded_end(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let number = |at: usize, size: usize| {
        let field = bytes.get(at..at.checked_add(size)?)?;
        usize::try_from(field.iter().rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte))).ok()
    };
    let (table, entry_size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    if entry_size != PROGRAM_HEADER {
        return None;
    }
    let table_end = table.checked_add(count * PROGRAM_HEADER)?;
    let headers = bytes.get(table..table_end)?.chunks_exact(PROGRAM_HEADER).enumerate();
    let mut end = 0;
    for (position, _) in headers.filter(|(_, header)| header.starts_with(&LOAD.to_le_bytes())) {
        let at = table + position * PROGRAM_HEADER;
        end = end.max(number(at + 8, 8)?.checked_add(number(at + 32, 8)?)?);
    }
    // The headers themselves must stay.
    (table_end.max(HEADER) <= end && end <= bytes.len()).then_some(end)
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
        // 32 bits, big-endian, another size of program headers.
        let with = |at: usize, value: u8| {
            let mut bytes = elf(LOAD, 1000, 5);
            bytes[at] = value;
            bytes
        };
        for bytes in [
            elf(2, 1000, 5),
            outside,
            b"MZ".to_vec(),
            vec![0x7f, b'E', b'L', b'F', 2, 1],
            elf(LOAD, 1000, 0),
            with(4, 1),
            with(5, 2),
            with(54, 32),
        ] {
            let mut stripped = bytes.clone();
            assert_eq!(strip(&mut stripped), 0);
            assert_eq!(stripped, bytes);
        }
    }
}
