//! The server: a socket, one connection after the other.

use crate::backend::Backend;
use crate::config_space;
use crate::fault::Fault;
use crate::worker::{Request, Worker};
use crossbeam_channel::{Sender, bounded};
use gaslane_abi::pci::REGISTER_BAR;
use gaslane_abi::regs;
use gaslane_sim::Stepped;
use std::io;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_INFO_EVENTFD, VFIO_IRQ_INFO_NORESIZE, VFIO_PCI_CONFIG_REGION_INDEX, VFIO_PCI_MSIX_IRQ_INDEX,
    VFIO_PCI_NUM_IRQS, VFIO_PCI_NUM_REGIONS, VFIO_REGION_INFO_FLAG_READ, VFIO_REGION_INFO_FLAG_WRITE, vfio_region_info,
};
use vfio_user::{IrqInfo, ServerRegion};

/// Writes of registers that wait for the card, at most.
const REQUESTS: usize = 256;

/// Why a card is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Somebody else serves there.
    #[error("another server listens on this socket")]
    InUse,
    /// A socket that nobody listens on cannot be removed.
    #[error("cannot remove what stands in the socket's place: {0}")]
    Stale(#[source] io::Error),
    /// The socket cannot be made or used.
    #[error("socket: {0}")]
    Socket(#[source] vfio_user::Error),
    /// The card cannot be made.
    #[error("{0}")]
    Card(String),
    /// The system has no thread, or the card's has ended.
    #[error("the card's thread: {0}")]
    Thread(#[source] io::Error),
}

/// What a client had left mapped when its connection ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Mappings.
    pub mappings: usize,
    /// Files.
    pub files: usize,
}

/// A card and the socket where it can be reached.
pub struct Server {
    inner: vfio_user::Server,
    worker: Sender<Request>,
}

/// Regions of the device.
fn regions() -> Vec<ServerRegion> {
    let region = |index: u32| {
        let size: u64 = match index {
            REGISTER_BAR => regs::BAR0_BYTES.into(),
            config_space::MSIX_BAR => config_space::MSIX_BAR_BYTES.into(),
            VFIO_PCI_CONFIG_REGION_INDEX => config_space::BYTES as u64,
            _ => 0,
        };
        let flags = if size > 0 { VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE } else { 0 };
        let argsz = size_of::<vfio_region_info>() as u32;
        let region_info = vfio_region_info { argsz, flags, index, cap_offset: 0, size, offset: 0 };
        ServerRegion { region_info, sparse_areas: Vec::new(), mmap_fd: None }
    };
    (0..VFIO_PCI_NUM_REGIONS).map(region).collect()
}

/// Its interrupts.
fn irqs() -> Vec<IrqInfo> {
    let irq = |index| match index {
        VFIO_PCI_MSIX_IRQ_INDEX => IrqInfo {
            index,
            flags: VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE,
            count: config_space::VECTORS.into(),
        },
        _ => IrqInfo { index, flags: VFIO_IRQ_INFO_EVENTFD, count: 0 },
    };
    (0..VFIO_PCI_NUM_IRQS).map(irq).collect()
}

impl Server {
    /// Listens, and makes the card in a thread of its own. A socket that nobody listens on any more is taken over.
    pub fn new<C, F>(socket: &Path, fault: Option<Fault>, card: F) -> Result<Self, ServeError>
    where
        C: Stepped,
        F: FnOnce() -> Result<C, String> + Send + 'static,
    {
        if socket.exists() {
            if UnixStream::connect(socket).is_ok() {
                return Err(ServeError::InUse);
            }
            std::fs::remove_file(socket).map_err(ServeError::Stale)?;
        }
        // A client that writes faster than the card takes waits.
        let (worker, requests) = bounded(REQUESTS);
        let (told, made) = bounded(1);
        let work = move || {
            let worker = card().and_then(|card| Worker::new(card, requests, fault).map_err(|error| error.to_string()));
            match worker {
                Ok(worker) => {
                    let _ = told.send(Ok(()));
                    worker.run();
                }
                Err(error) => {
                    let _ = told.send(Err(error));
                }
            }
        };
        // The lanes' generated code has deep frames.
        let thread = std::thread::Builder::new().name("card".into()).stack_size(16 << 20);
        thread.spawn(work).map_err(ServeError::Thread)?;
        let ended = || ServeError::Thread(io::ErrorKind::BrokenPipe.into());
        made.recv().map_err(|_| ended())?.map_err(ServeError::Card)?;
        let inner = vfio_user::Server::new(socket, true, irqs(), regions()).map_err(ServeError::Socket)?;
        Ok(Self { inner, worker })
    }

    /// Serves one connection to its end. Whatever ended it, the card can be used by the next one.
    pub fn serve(&self) -> Result<Left, ServeError> {
        let mut backend = Backend::new(self.worker.clone());
        // A message that the protocol does not allow may make the library panic.
        match catch_unwind(AssertUnwindSafe(|| self.inner.run(&mut backend))) {
            Ok(Err(error @ vfio_user::Error::SocketAccept(_))) => return Err(ServeError::Socket(error)),
            Ok(Err(error)) => tracing::warn!(%error, "the connection has ended with an error"),
            Err(_) => tracing::warn!("the connection has ended with a message that is none"),
            Ok(Ok(())) => {}
        }
        let (mappings, files) = backend.end().map_err(ServeError::Thread)?;
        Ok(Left { mappings, files })
    }
}
