//! Servers that break the protocol.

use super::*;
use std::io::Write;
use std::thread;

/// What a server makes of the reply that it should give.
type Twist = fn(&mut Vec<u8>);

/// Answers as a card would, but for the reply to the `at`-th request.
fn serve(mut stream: UnixStream, at: usize, twist: Twist) {
    for number in 0.. {
        let mut header = [0; size_of::<Header>()];
        if stream.read_exact(&mut header).is_err() {
            return;
        }
        let header = Header::read_from_bytes(&header).unwrap();
        let mut body = vec![0; header.bytes as usize - size_of::<Header>()];
        stream.read_exact(&mut body).unwrap();
        let mut reply = match header.command {
            4 => wire::DeviceInfo { argsz: 16, flags: 3, regions: 9, irqs: 5 }.as_bytes().to_vec(),
            5 => wire::RegionInfo { size: 4096, ..Default::default() }.as_bytes().to_vec(),
            7 => wire::IrqInfo { count: 1, ..Default::default() }.as_bytes().to_vec(),
            9 => [body, vec![0x11; 4]].concat(),
            10 => body[..16].to_vec(),
            _ => body,
        };
        let bytes = (size_of::<Header>() + reply.len()) as u32;
        let header = Header { bytes, flags: wire::TYPE_REPLY, error: 0, ..header };
        reply = [header.as_bytes(), &reply].concat();
        if number == at {
            twist(&mut reply);
        }
        if stream.write_all(&reply).is_err() {
            return;
        }
    }
}

/// Connects, and reads a register. Version, device, two regions and an interrupt come before the first register.
fn run(at: usize, twist: Twist) -> Result<u32, String> {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let server = thread::spawn(move || serve(theirs, at, twist));
    let result = VfioUser::over(ours).map_err(|error| error.to_string()).and_then(|mut client| {
        let first = client.read_register(0).map_err(|error| error.to_string());
        if let Err(error) = &first
            && !error.contains("refuses")
        {
            // The connection is not used any more, and says the same.
            assert_eq!(client.write_register(0, 0).unwrap_err().to_string(), *error);
        }
        first
    });
    server.join().unwrap();
    result
}

#[test]
fn a_server_that_keeps_to_the_protocol() {
    assert_eq!(run(usize::MAX, |_| {}), Ok(0x1111_1111));
}

#[test]
fn wrong_replies_are_named() {
    const REGISTER: usize = 5;
    let cases: [(usize, Twist, &str); 12] = [
        (REGISTER, |reply| reply[0] ^= 1, "belongs to another request"),
        (REGISTER, |reply| reply[2] ^= 1, "belongs to another request"),
        (REGISTER, |reply| reply[8] = 0, "a command came"),
        (REGISTER, |reply| reply[4..8].copy_from_slice(&8_u32.to_le_bytes()), "length is out of range"),
        (REGISTER, |reply| reply[4..8].copy_from_slice(&u32::MAX.to_le_bytes()), "length is out of range"),
        (REGISTER, |reply| reply[4..8].copy_from_slice(&20_u32.to_le_bytes()), "too short"),
        (REGISTER, |reply| reply[28] = 8, "another count of bytes"),
        (REGISTER, |reply| (reply[8], reply[12]) = (1 | 1 << 5, 22), "refuses `region read` (errno 22"),
        (0, |reply| reply[16] = 1, "another major version"),
        (1, |reply| reply[20] = 2, "no reset of its own"),
        (2, |reply| reply[32..40].fill(0), "no BAR0"),
        (4, |reply| reply[28] = 0, "no MSI-X"),
    ];
    for (at, twist, text) in cases {
        let error = run(at, twist).unwrap_err();
        assert!(error.contains(text), "{text:?} is wanted: {error}");
    }
}

/// Half of a reply, then nothing: the wait has an end.
#[test]
fn half_a_reply() {
    let error = run(5, |reply| reply.truncate(10)).unwrap_err();
    assert!(error.contains("has not answered `region read` within 1.5s"), "{error}");
}
