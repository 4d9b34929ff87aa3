# iphase-idpc --obf: a weak specimen under a bad probe, from end to end.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
# for refuse ARGUMENT...
attempt() { iphase-idpc -q -o no.ipt "$@"; }

cat >h.xyz <<'END'
5
Lattice="25.6 0 0 0 25.6 0 0 0 2" Properties=species:S:1:pos:R:3
H 6.1 7.3 1
H 12.2 14.9 1
H 17.7 6.6 1
H 19.8 18.1 1
H 4.6 19.7 1
END
simulate() {
	iphase-simulate -q h.xyz --specimen=box --thickness=0.2 --slice=2 \
		--grid=128 --pixels=96 --inner=6 --outer=30 --rotation=20 "$@"
}
probe="--defocus=60 --aberration=C12=30,phi12=0.5"

# The soft rim and the pixels of the simulation, 20 a radius, are what is off.
# shellcheck disable=SC2086
simulate --rings=2 $probe --detector-offset=1,-0.5 -o h.ipt >out 2>&1 &&
	iphase-idpc h.ipt --obf --floor=0.03 --truth=potential_beam -o o.ipt \
		>out 2>&1 &&
	awk '/OBF/ { n++; if ($5 < 0.999 || $7 < 0.96 || $7 > 1.04 ||
			$9 > 0.05) bad = 1 }
		!/OBF/ && $4 > 0.97 { bad = 1 }
		END { exit bad || n != 1 }' out
result 'weak atoms, which iDPC does not see for aberrations' $?
iphase-info o.ipt >info 2>&1 && grep -q '^obf_potential .*\[V Angstrom\]' \
	info && grep -q '^obf  .*\[1, noise' info &&
	grep -q '^obf_truth' info && grep -q 'obf_floor  *0.03$' info
result 'what it writes' $?
cp out wanted
iphase-idpc h.ipt --obf --floor=0.03 --truth=potential_beam \
	--segment-order=1,2,3,0 --rotation=110 >turned 2>&1 &&
	cmp turned wanted >out 2>&1
result 'rings in another order' $?
iphase-idpc h.ipt --truth=potential_beam -o plain.ipt >out 2>&1 &&
	[ "$(cat out)" = "$(grep -v OBF wanted)" ] &&
	iphase-info plain.ipt >info && ! grep -q '^obf' info
result 'nothing of it unless asked' $?

iphase-idpc h.ipt --truth=potential_zone >out 2>&1 &&
	[ "$(cat out)" = "$(grep -v OBF wanted)" ]
result 'a truth per nm, over the thickness' $?

# Options in place of attributes; --defocus is that at the specimen's middle.
simulate -o focus.ipt >out 2>&1 &&
	iphase-idpc focus.ipt --obf --truth=potential_beam >good 2>&1 &&
	iphase-idpc focus.ipt --obf --truth=potential_beam --defocus=-1 \
		>same 2>&1 && cmp good same >out 2>&1 &&
	iphase-idpc focus.ipt --obf --truth=potential_beam --defocus=60 \
		--aberration=C12=30,phi12=0.5 >out 2>&1 &&
	awk 'NR == FNR { if (/OBF/) good = $9; next }
		/OBF/ { exit !($9 > 4 * good) }' good out
result 'another focus than the right one' $?

iphase-idpc --transfer --energy=200 --semiangle=20 --inner=10 --outer=50 \
	>out 2>&1 && grep -q '^# phase contrast over noise' out &&
	awk '/over noise/ { on = 1 }
		on && !/^#/ { n++; for (i = 3; i < 6; i++)
			if ($i > $(i + 3)) bad = 1
			else if ($4 < $7) less = 1 }
		END { exit bad || !(n == 20 && less) }' out
result 'no contrast over noise above that of OBF' $?

refuse 2 'energy is not known' --transfer
refuse 2 'semiangle is not known' --transfer --energy=200
refuse 1 'C30=1e7' h.ipt --obf --aberration=C30
refuse 1 "aberration 'C99'" h.ipt --obf --aberration=C99=1
refuse 1 'floor -1' h.ipt --obf --floor=-1
refuse 1 'smaller aberrations' h.ipt --obf --defocus=1e7
