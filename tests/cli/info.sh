# iphase-info: files of each kind, good and damaged, and --backends.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"

# check NAME WANTED-STATUS PATTERN COMMAND...: status and output (both streams)
check() {
	name=$1 want=$2 pattern=$3
	shift 3
	"$@" >out 2>&1
	rc=$?
	[ $rc = "$want" ] && grep -q -e "$pattern" out
	result "$name: status $want and '$pattern'" $?
}

golden=$IP_SRCDIR/tests/golden
cat >a.xyz <<'END'
2
Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3
Ga 0 0 0
N 2 2 2
END
printf 'nonsense' >a.ipt
: >empty.npz
printf 'PK\003\004 and no more' >b.npz

check npz 0 'ideal200 *complex64 1 x 128 x 144' \
	iphase-info "$golden/probe.npz"
check 'a PyTorch checkpoint' 0 'torch_types.pt: pt, 19 tensors' \
	iphase-info "$golden/torch_types.pt"
check 'its strides' 0 'transposed *float64 5 x 3 x 4  min 0 .* max 59' \
	iphase-info "$golden/torch_types.pt"
cp "$golden/torch_types.pt" renamed
check 'a PyTorch checkpoint by its content' 0 'renamed: pt, 19' \
	iphase-info renamed
check safetensors 0 'bf16 *float32 3  min -0.15625 ' \
	iphase-info "$golden/types.safetensors"
cp "$golden/types.safetensors" renamed
check 'safetensors by their content' 0 'renamed: safetensors, 18' \
	iphase-info renamed
printf '\200\002\212\nl\374\234F\371 j\250P\031.' >old
check 'an old PyTorch checkpoint' 1 'old: a checkpoint of PyTorch before' \
	iphase-info old
cp b.npz b.pth
check 'cut pth' 1 'error: b.pth: no end record' iphase-info b.pth
printf 'nonsense' >a.safetensors
check 'not safetensors' 1 'error: a.safetensors: a header of 7310' \
	iphase-info a.safetensors
check 'no values on request' 0 'complex64 1 x 128 x 144$' \
	iphase-info --headers "$golden/probe.npz"
check xyz 0 'numbers *int32 2  min 7  mean 19  max 31' iphase-info a.xyz
check cif 0 'GaN.cif: cif, 4 tensors' \
	iphase-info "$IP_SRCDIR/data/crystals/GaN.cif"
check 'its atoms' 0 'numbers *int32 4  min 7  mean 19  max 31' \
	iphase-info "$IP_SRCDIR/data/crystals/GaN.cif"
printf 'data_a\n_cell_length_a 4A\n' >a.cif
check 'a bad cif' 1 'error: a.cif: no data block has atoms' iphase-info a.cif
# where iphase has no HDF5 it says so
printf '\211HDF\r\n\032\nand that is all' >b.h5
check 'a cut HDF5 file' 1 'error: b.h5: .*\(bytes, too short\|libhdf5-dev\)' \
	iphase-info b.h5
check 'several files' 0 'positions *float64 2 x 3' \
	iphase-info "$golden/probe.npz" a.xyz
check 'not an .ipt' 1 'error: a.ipt: .*bytes' iphase-info a.ipt
check 'not an .ipt, recovered' 1 'error: a.ipt: nothing in it is whole' \
	iphase-info --recover a.ipt
check 'empty npz' 1 'error: empty.npz' iphase-info empty.npz
check 'cut npz' 1 'error: b.npz' iphase-info b.npz
check 'no such file' 1 'error: none.ipt: No such file' iphase-info none.ipt
check 'unknown kind' 1 'error: out: neither' iphase-info out
check 'the good of several' 1 'positions' iphase-info none.ipt a.xyz
check backends 0 'cpu-openmp:0' iphase-info --backends
check 'baseline on request' 0 'in use *baseline' \
	iphase-info --backends --isa=baseline
check 'a device by its name' 0 '^  cpu-openmp:0  *host processor' \
	iphase-info --backends
# the devices of OpenCL are tried where its tests are
check 'each operation tried' 0 '^cpu-openmp:0: host' \
	env OCL_ICD_VENDORS=/nowhere iphase-info --check
grep -q '^  layer_norm_grad  *0.0e+00  *ok$' out &&
	[ "$(awk '/^cpu-openmp/ { on = 1 } /^opencl/ { on = 0 }
	on && $3 == "ok"' out | wc -l)" = "$(iphase-info --backends | awk '
	/^cpu-openmp/ { on = 1 } on && $1 == "operations" { print NF - 1
		exit }')" ]
result 'each operation tried: all of cpu-openmp are like itself' $?
check threads 0 'threads *1$' iphase-info --backends --threads 1
check 'unknown instruction set' 2 "instruction set 'mmx'" \
	iphase-info --backends --isa mmx
python=python3
command -v $python >/dev/null || python=/usr/bin/python3
printf '1\n\nSi 1 1 1\n' >one.xyz
printf '1\n\nSi 1 1 4\n' >moved.xyz
check 'against: alike' 0 'positions *largest 0, rms 0' \
	iphase-info --against=one.xyz one.xyz
check 'against: not alike' 0 'positions *largest 3, rms 1.73' \
	iphase-info --against=moved.xyz one.xyz
mkdir l
$python - 2>/dev/null <<-'END'
import struct
for name, v in (("n.f32", [1, float("nan"), 3, 4]), ("m.f32", [6, 2, 3.1, 4])):
    open(name, "wb").write(struct.pack("<4f", *v))
for name, v in (("k.npy", [1, 2, 3, 4]), ("l/k.npy", [1, 2, 6, 8])):
    head = "{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }"
    open(name, "wb").write(b"\x93NUMPY\1\0v\0" + b"%-117s\n" %
        head.encode() + struct.pack("<4f", *v))
END
if [ -s m.f32 ]; then
	for f in n m; do
		iphase-convert -q $f.f32 --shape=2,2 --dtype=float32 \
			--tensor=a -o $f.npz
	done
	check 'against: no number stays' 0 'a *largest nan, rms nan' \
		iphase-info --against=m.npz n.npz
	check 'against: alike without a number' 0 'a *largest 0, rms 0' \
		iphase-info --against=n.npz n.npz
	check 'against: complex numbers' 0 'k *largest 5, rms 3.54' \
		iphase-info --against=k.npy l/k.npy
fi
check 'against: another shape' 0 'positions *of another shape' \
	iphase-info --against=a.xyz one.xyz
check 'against: not in both' 0 'positions *not in the other' \
	iphase-info --against="$golden/probe.npz" one.xyz
for t in 1,3 2,3; do
	iphase-simulate -q --crystal=SrTiO3 --thickness=$t --fov=4 --pixels=4 \
		--width=4 --sampling=0.15 -o $t.ipt
done
iphase-info --against=1,3.ipt 2,3.ipt >out 2>&1 && awk '
	$1 != "thickness" { part = $1 }
	$1 == "segments" { all = $5 }
	# all that differs is in half of it: sqrt(2) times the rms
	part == "segments" && $1 == "thickness" && $2 == "0" {
		n++; if (!($6 > 1.4 * all && $6 < 1.43 * all)) bad = 1 }
	END { exit bad || n != 1 }' out &&
	[ "$(grep -c '^  thickness 1  *largest 0, rms 0$' out)" = 3 ]
result 'against: each thickness' $?
check 'against: no such file' 1 'error: none.ipt: No such file' \
	iphase-info --against=none.ipt a.xyz
check 'no file' 2 'no file is given' iphase-info
