# iphase-simulate: what it writes, what it refuses, and that it repeats.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
structure=SrTiO3.xyz
strontium_titanate >$structure
small="--fov=8 --sampling=0.16 --pixels=20 --thickness=1,2"

# for refuse ARGUMENT...
attempt() { iphase-simulate -q -o no.ipt "$@"; }

iphase-simulate --help >out 2>&1 && grep -q -e --thickness out
result 'help' $?
iphase-simulate "$structure" >out 2>&1
[ $? = 2 ] && grep -q -e '-o' out
result 'an output is needed' $?

# shellcheck disable=SC2086
{
	iphase-simulate "$structure" $small --png=pic --threads=1 -o a.ipt \
		>out 2>&1 && [ -s a.ipt ] && [ -s pic-1nm.png ] && [ -s pic-2nm.png ]
	result 'segments of two thicknesses, and pictures' $?
	for t in 1 2 3; do
		iphase-simulate "$structure" $small --dose=1e4 --seed=7 \
			--threads=$t -o run.ipt >out 2>&1
		mv run.ipt "run$t.ipt"
	done
	cmp run1.ipt run2.ipt >out 2>&1 && cmp run1.ipt run3.ipt >>out 2>&1
	result '1, 2 and 3 threads: the same bytes, with noise' $?
	iphase-simulate "$structure" $small --dose=1e4 --seed=8 -o run.ipt \
		>out 2>&1
	! cmp -s run.ipt run1.ipt
	result 'another seed: other bytes' $?
	iphase-simulate "$structure" $small --annular=30,50 --annular=10,20 \
		--total --com --aberration=C30=1e6,phi12=0.4 \
		--defocus=scherzer --beam-tilt=1,2 --source-fwhm=0.5 \
		--rotation=45 -o more.npz >out 2>&1 && [ -s more.npz ]
	result 'all detectors, into .npz' $?
}

compare 'what is in it' <<'END'
import numpy as np
z = np.load("more.npz")
shape = {"segments": (2, 4, 20, 20), "potential_beam": (2, 20, 20),
    "annular": (2, 2, 20, 20), "total": (2, 20, 20),
    "com": (2, 2, 20, 20), "thickness": (2,), "euler": (3,)}
for k, s in shape.items():
    assert z[k].shape == s, (k, z[k].shape)
    assert np.isfinite(z[k]).all(), k
assert (z["segments"].sum(axis=1) < z["total"]).all()
assert (z["total"] < 1.0005).all()
assert abs(z["thickness"] - [1, 2]).max() < 0.15
assert z["potential_beam"].max() > 1000
END

# Killed at any moment: no output, or a whole one.
rm -f k.ipt
for delay in 0.05 0.1 0.2 0.4; do
	iphase-simulate "$structure" --fov=8 --sampling=0.16 --thickness=3 \
		-q -o k.ipt >/dev/null 2>&1 &
	pid=$!
	sleep $delay
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
done
iphase-simulate "$structure" --fov=8 --sampling=0.16 --thickness=3 -q \
	-o whole.ipt >out 2>&1
[ ! -e k.ipt ] || [ "$(wc -c <k.ipt)" -gt 1000 ]
result 'killed: nothing, or a whole file' $?
iphase-simulate "$structure" --fov=8 --sampling=0.16 --thickness=3 -q \
	-o k.ipt >out 2>&1 &&
	[ "$(find . -name '*k.ipt*' | wc -l)" = 1 ]
result 'the next run cleans up' $?

refuse 2 'thickness' "$structure"
refuse 1 'thickness' "$structure" --thickness=-5
refuse 1 'thickness' "$structure" --fov=8 --thickness=-5,5
refuse 1 'thickness' "$structure" --thickness=0
refuse 1 'same slice' "$structure" --fov=8 --thickness=5,5.1
refuse 1 'cannot tell' "$IP_SRCDIR/configure" --thickness=5
# shellcheck disable=SC2086
iphase-simulate "$IP_SRCDIR/data/crystals/SrTiO3.cif" $small -o cif.ipt \
	>out 2>&1 && [ -s cif.ipt ] && iphase-info cif.ipt >>out 2>&1
result 'a .cif' $?
refuse 1 'nothing.xyz' nothing.xyz --thickness=5
refuse 1 'choose another' "$structure" --fov=8 --thickness=5 \
	-o missing/no.ipt
refuse 1 'beyond' "$structure" --fov=8 --thickness=5 --outer=200
refuse 1 'band' "$structure" --fov=8 --thickness=5 --semiangle=100
refuse 1 'energy' "$structure" --fov=8 --thickness=5 --energy=0.1
refuse 1 'take fewer cells' "$structure" --fov=8 --thickness=5 --repeat=4
refuse 1 'no Ga' "$structure" --fov=8 --thickness=5 --displacement=Ga=0.1
refuse 1 'at least' "$structure" --fov=8 --thickness=5 --memory=1
refuse 2 'segments=0' "$structure" --fov=8 --thickness=5 --segments=0
refuse 2 'C30=1e7' "$structure" --fov=8 --thickness=5 --aberration=C30
refuse 1 'C99' "$structure" --fov=8 --thickness=5 --aberration=C99=1
refuse 2 'island' "$structure" --specimen=box --euler=1,2,3
refuse 2 'no option --foo' "$structure" --foo
refuse 2 '.ipt or .npz' "$structure" --thickness=5 -o no.txt
printf '2\nLattice="4 0 0 0 4 0 0 0 4"\nSi 1 1 1\nSi 1 1 1.1\n' >close.xyz
refuse 1 'close.xyz\|atoms' close.xyz --thickness=5
printf '1\nLattice="4 0 0 0 4 0 0 0 4"\nXx 1 1 1\n' >element.xyz
refuse 1 'Xx' element.xyz --thickness=5
printf '1\nno cell\nSi 1 1 1\n' >cell.xyz
refuse 1 'cell' cell.xyz --thickness=5
printf '1\nLattice="4 0 0 4 0 0 0 0 4"\nSi 1 1 1\n' >flat.xyz
refuse 1 'volume' flat.xyz --thickness=5
