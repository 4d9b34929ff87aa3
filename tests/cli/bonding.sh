# iphase-bonding: from CP2K's cubes of GaN to images, what it says and refuses.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
golden=$IP_SRCDIR/tests/golden

for cube in gan_scf gan_free he_v_hartree he_density; do
	iphase-convert -q "$golden/cube_$cube.ipt" -o $cube.cube || exit 1
done

# ---- helium in a box ----

iphase-info he_v_hartree.cube >out 2>&1 &&
	awk '$1 == "potential" && $3 == "to" { split($0, v, /mean /)
		found = $4 > 100 && $2 > -1 && $2 < -0.1 && v[2] + 0 < 1e-4 &&
			v[2] + 0 > -1e-4 } END { exit !found }' out
result 'helium attracts electrons: above 0 at the nucleus, 0 on average' $?
iphase-info he_density.cube >out 2>&1 &&
	awk '$1 == "integral" { found = $2 > 1.999 && $2 < 2.001 }
		END { exit !found }' out
result 'helium has two electrons' $?

# ---- GaN ----

iphase-bonding -q gan_scf.cube gan_free.cube -o two.ipt >out 2>&1 &&
	iphase-bonding -q gan_scf.cube -o one.ipt >out 2>&1
result 'by two cubes, and by the table that is shipped' $?

# reflections H K L RATIO...: of the file out, to 0.01
reflections() {
	while [ $# -gt 3 ]; do
		awk -v h="$1" -v k="$2" -v l="$3" -v r="$4" '
			$1 == h && $2 == k && $3 == l {
				found = $8 > r - 0.01 && $8 < r + 0.01 }
			END { exit !found }' out || return 1
		shift 4
	done
}
# ../shared/field.md section E4: its own second way; tests/t_bonding holds the
# first to 0.005
iphase-info --reflections=0.8 one.ipt >out 2>&1 &&
	reflections 0 1 0 .946 0 0 2 .984 0 1 1 1.035 0 1 2 .994 1 1 0 1.000 \
		0 1 3 1.000 1 1 2 1.002 0 0 4 .989
result 'what bonding changes in GaN' $?
iphase-info --reflections=1.3 --against=one.ipt two.ipt >out 2>&1 &&
	awk '/^against/ { sub(/.*changes by /, "")
			found = $1 > 0.0002 && $1 < 0.01 }
		END { exit !found }' out
result 'both ways agree within 1 %' $?
iphase-info --reflections=0.5 "$IP_SRCDIR/data/potentials/GaN.ipt" >out 2>&1 &&
	awk '$5 == "0.3621" { prism += $4 } $5 == "0.3857" { basal = $4 }
		$5 == "0.4102" { pyramid += $4 }
		END { exit !(prism == 6 && basal == 2 && pyramid == 12) }' out
result 'as many of a kind as a hexagonal crystal has' $?
iphase-bonding -v gan_scf.cube gan_free.cube --source='CP2K, by us' \
	-o said.ipt >out 2>&1 &&
	grep -q '0.41 times independent atoms, correlation 0.94' out &&
	grep -q 'differs from gan_free.cube by 0.00[5-9]' out &&
	iphase-info said.ipt >>out 2>&1 && grep -q 'source *CP2K, by us' out
result 'what made it, and how like atoms the cubes are' $?

# ---- images ----

small='--fov=8 --pixels=8 --sampling=0.16 --semiangle=15 --outer=40 --width=9'
# shellcheck disable=SC2086
{
	iphase-simulate -q --crystal=gan_scf.cube --thickness=2,4 $small \
		-o iam.ipt >out 2>&1 &&
		iphase-simulate -q --crystal=gan_scf.cube --thickness=2,4 \
			$small --potential=dft --bonding=two.ipt -o dft.ipt \
			>out 2>&1 || echo failed >>out
	iphase-info --against=iam.ipt dft.ipt >>out 2>&1
	awk '/failed/ { bad = 1 }
		$1 == "segments" { moved = $3 + 0 > 1e-4 && $3 + 0 < 0.05 }
		$1 == "potential_zone" { zone = $3 + 0 > 1 && $3 + 0 < 60 }
		END { exit bad || !moved || !zone }' out
	result 'the images of a crystal change a little, the potential too' $?
	iphase-info --headers dft.ipt >out 2>&1 &&
		grep -q 'potential *independent atoms and bonding' out &&
		iphase-info --headers iam.ipt >out 2>&1 &&
		grep -q 'potential *independent atoms$' out
	result 'which is said in the output' $?
	iphase-simulate -q --crystal=gan_scf.cube --thickness=2,4 $small \
		--potential=dft --bonding=two.ipt --displacement=0.05 \
		--phonons=1 -o super.ipt >out 2>&1 &&
		iphase-info --against=dft.ipt super.ipt >>out 2>&1 &&
		awk '$1 == "potential_beam" { found = $3 + 0 < 0.01 }
			END { exit !found }' out
	result 'a supercell has the same potential' $?
	iphase-simulate -q --crystal=gan_scf.cube --thickness=2,4 $small \
		--displacement=0.05 --phonons=1 -o atoms.ipt >out 2>&1 &&
		iphase-info --against=atoms.ipt super.ipt >>out 2>&1 &&
		awk '$1 == "segments" { found = $3 + 0 > 1e-4 && $3 + 0 < 0.05 }
			END { exit !found }' out
	result 'so have its frozen configurations' $?
	# the period of a hexagonal crystal, as a rectangle
	for kind in iam dft; do
		iphase-simulate -q --crystal=GaN --potential=$kind \
			--thickness=2 --fov=3.1893,5.52403 --pixels=32,54 \
			--sampling=0.1 --width=10 --semiangle=10 --outer=30 \
			-o $kind.npz >out 2>&1 || echo failed
	done
	box="$IP_SRCDIR/data/crystals/KNbO3_cubic.cif --specimen=box
		--beam-tilt=3,0 --semiangle=15 --outer=25 --sampling=0.2"
	iphase-simulate -q $box -o iam.ipt >out 2>&1 &&
		iphase-simulate -q $box --potential=dft -o dft.ipt --bonding="$(
			)$IP_SRCDIR/data/potentials/KNbO3_cubic.ipt" \
			>>out 2>&1 &&
		iphase-info --against=iam.ipt dft.ipt >>out 2>&1 &&
		awk '$1 == "segments" { images = $3 + 0 > 1e-4 && $3 + 0 < 0.05 }
			/^potential_/ && $3 + 0 > 5 && $3 + 0 < 300 { truths++ }
			END { exit !images || truths != 2 }' out
	result 'a box full of crystal, the beam tilted' $?
	compare 'the potential has the coefficients that iphase-info shows' <<'END'
import os, subprocess, sys
import numpy as np
table = subprocess.run(["iphase-info", "--reflections=1", os.environ["IP_SRCDIR"]
    + "/data/potentials/GaN.ipt"], capture_output=True, text=True).stdout
rows = [r.split() for r in table.splitlines()]
rows = {tuple(map(int, r[:3])): list(map(float, r[5:7])) for r in rows
    if len(r) == 8 and r[2] == "0"}
# (h k 0) is (h, h + 2 k) of the rectangle
for hkl, at in (((1, 0, 0), (1, 1)), ((1, 1, 0), (1, 3)), ((2, 0, 0), (2, 2))):
    for i, name in enumerate(("iam", "dft")):
        v = np.load(name + ".npz")["potential_zone"]
        got = abs(np.fft.fft2(v)[at]) / v.size / 10	# V Angstrom/nm to V
        print(hkl, name, got, rows[hkl][i])
        # four digits; members of a family differ by 0.005 V
        if abs(got - rows[hkl][i]) > 0.006:
            sys.exit(1)
        mean = np.mean(v) / 10
        if abs(mean - 19.54) > 0.01:
            sys.exit(1)
END
	attempt() {
		iphase-simulate "$@" -o no.ipt
	}
	refuse 2 'crystals without edges' -q gan_scf.cube --thickness=2 \
		--potential=dft --bonding=two.ipt
	refuse 2 'not for islands and --cut' -q --crystal=gan_scf.cube --thickness=2 \
		--potential=dft --bonding=two.ipt --cut=0,5
	refuse 2 'needs --bonding' -q --crystal=gan_scf.cube --thickness=2 \
		--potential=dft
	refuse 2 'for --potential=dft' -q --crystal=GaN --thickness=2 \
		--bonding=two.ipt
	refuse 1 'from a lattice vector' -q --crystal=MoS2 --thickness=2 \
		--potential=dft --bonding=two.ipt
	refuse 1 "of the crystal's cell" -q --crystal=GaN --thickness=2 \
		--potential=dft --bonding=two.ipt
}

# ---- what is refused ----

attempt() {
	iphase-bonding -q "$@" -o no.ipt
}
head -c 500000 gan_scf.cube >cut.cube
refuse 1 'cut.cube: ' cut.cube gan_free.cube
awk 'NR == 20 { $2 = "nan" } { print }' gan_scf.cube >nan.cube
refuse 1 'nan.cube' nan.cube gan_free.cube
# Angstrom by the sign of the voxels' number, while they are bohr
sed '4,6s/^   /  -/' gan_scf.cube >unit.cube
refuse 1 'are cell and atoms its own' unit.cube
# eV
awk 'NR > 10 { for (i = 1; i <= NF; i++) printf " %.5E", 27.211386 * $i
	print ""; next } { print }' gan_scf.cube >ev.cube
refuse 1 'is it in Hartree' ev.cube gan_free.cube
refuse 1 'points, and' gan_scf.cube he_v_hartree.cube
refuse 1 'expected HARTREE POTENTIAL' he_density.cube
refuse 1 'has no He' he_v_hartree.cube
# a longer cell, of the same atoms
sed '6s/0.163537/0.173537/' gan_scf.cube >long.cube
refuse 1 'that of the free atoms of the table' long.cube
refuse 1 "must begin with its element" --make-table he_v_hartree.cube
refuse 1 'expected one' --make-table "$(mv gan_free.cube Ga-q13.cube
	echo Ga-q13.cube)"
refuse 2 'give the cube of the crystal' --free-atoms=one.ipt
refuse 1 'not a table of free atoms' gan_scf.cube --free-atoms=one.ipt
