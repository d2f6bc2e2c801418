#!/bin/busybox sh
# First process of the guest: loads VFIO, runs the self-test, switches off. Modules stand in /modules, compressed as the package has them.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
load() {
    module="$1"
    shift
    for file in /modules/"$module".ko*; do
        case "$file" in
            *.xz) unxz "$file" && file="${file%.xz}" ;;
            *.ko) ;;
            *) return ;;
        esac
        insmod "$file" "$@" || echo "module $module: not loaded"
    done
}
options=
case " $(cat /proc/cmdline) " in
    *" iommu=virtio "*)
        load virtio-iommu
        # virtio-iommu remaps no interrupts.
        options=allow_unsafe_interrupts=1
        ;;
esac
load irqbypass
load iommufd
load vfio
load vfio_iommu_type1 $options
load vfio-pci-core
load vfio-pci
blocks="$(sed -n 's/.*gaslane_blocks=\([0-9]*\).*/\1/p' /proc/cmdline)"
echo "guest $(uname -r), up $(cut -d ' ' -f 1 /proc/uptime) s"
pages=
case " $(cat /proc/cmdline) " in
    *" gaslane_huge_pages "*)
        echo 32 > /proc/sys/vm/nr_hugepages
        pages=huge-pages
        ;;
esac
gaslane-guest "$blocks" $pages
dmesg | grep -iE 'DMAR: \[|oops|BUG:|WARNING:' | tail -n 5
reboot -f
