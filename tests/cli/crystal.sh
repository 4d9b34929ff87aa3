# iphase-simulate on crystals: what it writes, that tilts have the right sign,
# disorder, and what it refuses.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
# no symmetry; atoms off the borders of slices
cat >low.xyz <<'END'
5
Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3:u_iso:R:1
Sr 0.3 0.2 0.5 0.006
Ti 2.3 1.7 2.5 0.006
O 1.8 2.4 0.5 0.009
O 2.1 0.1 2.5 0.009
O 0.2 2.2 2.5 0.009
END
small="--fov=8 --pixels=8 --sampling=0.16 --semiangle=15 --outer=40"
crystal="--crystal=low.xyz $small --tilt=0.6,-0.4 --width=11"

# for refuse ARGUMENT...
attempt() { iphase-simulate -q -o no.ipt "$@"; }
# make FILE ARGUMENT...
make() {
	file=$1
	shift
	iphase-simulate -q "$@" -o "$file" >out 2>&1 && [ -s "$file" ]
}

# shellcheck disable=SC2086
{
	make both.npz $crystal --thickness=1.2,2.4 --total &&
		make thin.npz $crystal --thickness=1.2 --total &&
		make thick.npz $crystal --thickness=2.4 --total
	result 'a tilted crystal, two thicknesses and each alone' $?
	iphase-info both.npz >out 2>&1 && for word in 'specimen *crystal$' \
		'method *repeat cell$' 'zone *0 0 1$' 'lattice *4 0 0 4$' \
		'period *4$' 'width *11$' 'k_grid *3 3$' 'grid *25 25$' \
		'slice_thickness *2$' 'axes *thickness,segment,x,y$'; do
		grep -q "^ *$word" out || { echo "no $word" >>out; break; }
	done && ! grep -q '^no ' out
	result 'what the output says of it' $?
	iphase-simulate $crystal --thickness=1.2,2.4 --check-width \
		-o w.ipt >out 2>&1 &&
		[ "$(grep -c 'nm: twice the width' out)" = 2 ] &&
		iphase-info w.ipt >info &&
		sed -n 's/^ *width_change *//p' info >change &&
		make wide.npz $crystal --thickness=1.2,2.4 --width=22
	result '--check-width: a line a thickness' $?
	make plane.npz --crystal=Si $small --plane=3,1,2 --thickness=1 \
		--sampling=0.2 --outer=30 && iphase-info plane.npz >out &&
		grep -q '^ *plane *3 1 2$' out && ! grep -q '^ *zone ' out
	result '--plane' $?
}
compare 'shapes, each thickness alone, what twice the width changes' <<'END'
import numpy as np
both, thin, thick = (np.load(f + ".npz") for f in ("both", "thin", "thick"))
shape = {"segments": (2, 4, 8, 8), "total": (2, 8, 8), "euler": (3,),
    "potential_beam": (2, 8, 8), "potential_zone": (2, 8, 8)}
for k, s in shape.items():
    assert both[k].shape == s, (k, both[k].shape)
    assert np.isfinite(both[k]).all(), k
assert abs(both["thickness"] - [1.2, 2.4]).max() < 1e-9
assert (both["euler"] == [0, 0.6, -0.4]).all()
assert (both["segments"].sum(axis=1) < both["total"]).all()
assert both["total"].max() < 1 + 1e-5 and both["total"].min() > 0.9
for i, one in enumerate((thin, thick)):
    for k in "segments", "total", "potential_beam", "potential_zone":
        d = abs(both[k][i] - one[k]).max() / abs(one[k]).max()
        assert d < 1e-6, (k, d)
d = abs(np.load("wide.npz")["segments"] - both["segments"]).max(axis=(1, 2, 3))
change = np.loadtxt("change")
assert (d > 1e-5).all() and abs(d - change).max() < 1e-6, (d, change)
END

# ---- a mis-tilt is a shear ----

# A crystal turned by rx about x, then ry about y, has its zone axis along
# (tan ry, -tan rx / cos ry, 1): slice i, 2 A deep, moves i times (2, -1)
# points of 4/48 A here. RZ turns it by 90 degrees first.
rx=2.377711878 ry=4.763641691
# box RZ: 2 x 2 cells, 4 deep
box() {
	awk -v rz="$1" 'BEGIN {
		print 80; print "Lattice=\"8 0 0 0 8 0 0 0 16\"", \
			"Properties=species:S:1:pos:R:3:u_iso:R:1" }
	NR > 2 { for (c = 0; c < 16; c++) {
		x = $2 + c % 2 * 4; y = $3 + int(c / 2) % 2 * 4
		z = $4 + int(c / 4) * 4; i = int(z / 2)
		if (rz) { t = x; x = -y; y = t }
		printf "%s %.9f %.9f %.9f %s\n", $1, x + i * 8 / 48, \
			y - i * 4 / 48, z, $5 } }' low.xyz
}
box 0 >box0.xyz
box 90 >box90.xyz
# no edges of detectors, where a crystal counts shares of the k grid
grid="--segments=0 --total --com --semiangle=15 --slice=2 --pixels=12
	--thickness=0.8,1.6 --defocus=60"
# shellcheck disable=SC2086
for rz in 0 90; do
	make box$rz.npz box$rz.xyz --specimen=box --grid=96 $grid &&
		make cell$rz.npz --crystal=low.xyz --grid=48 $grid --fov=8 \
		--width=8 --euler=$rz,$rx,$ry &&
		make other$rz.npz --crystal=low.xyz --grid=48 $grid --fov=8 \
		--width=8 --euler=$rz,-$rx,$ry
	result "a mis-tilted crystal turned by $rz degrees, and a sheared box" $?
done
compare 'which give the same images' <<'END'
import numpy as np
for rz in "0", "90":
    box, cell, other = (np.load(f + rz + ".npz")
        for f in ("box", "cell", "other"))
    # 1e-5 of the beam, for com at the band limit, 4 per Angstrom
    for k, unit in ("total", 1), ("com", 4), ("potential_beam",
        box["potential_beam"].max()):
        d = abs(box[k] - cell[k]).max() / unit
        print(rz, k, d)
        assert d < 1e-5, (rz, k, d)
    assert abs(other["com"] - box["com"]).max() > 1e-3
END

# ---- rotations from one pass ----

# shellcheck disable=SC2086
{
	turned="$crystal --fov=4 --thickness=1.2,2.4"
	make turns.npz $turned --rotations=0,90,25 &&
		make alone.npz $turned
	result '--rotations' $?
	layer="--fov=4 --thickness=1.2,2.4 --phonons=2 --amorphous=entrance:C:4 --focal-spread=30
		--vacancies=O=0.3 --seed=2"
	make super.npz $crystal $layer --rotations=25,70
	result '--rotations of a supercell' $?
}
# euler: that of the second turn, for the tool
compare 'a quarter turn turns all of it; each as if alone' <<'END'
import numpy as np
t, alone = np.load("turns.npz"), np.load("alone.npz")
assert t["segments"].shape == (6, 4, 8, 8), t["segments"].shape
assert t["euler"].shape == (6, 3) and t["thickness"].shape == (6,)
assert (t["thickness"][:2] == t["thickness"][4:]).all()
for k in "segments", "potential_beam", "potential_zone":
    assert (t[k][:2] == alone[k]).all(), k
    # (x, y) comes from (y, -x); segments move on by one
    back = alone[k][..., np.arange(8)[None, :], -np.arange(8)[:, None]]
    if k == "segments":
        back = np.roll(back, 1, axis=1)
    d = abs(t[k][2:4] - back).max() / abs(back).max()
    assert d < 1e-6, (k, d)     # float32
# the zone axis leans to (tan ry, -tan rx) for small angles
e = np.tan(np.radians(t["euler"]))
lean = e[:, 2] - 1j * e[:, 1]
assert (t["euler"][::2, 0] == [0, 90, 25]).all()
turn = np.exp(1j * np.radians(t["euler"][:, 0]))
assert abs(lean / turn - lean[0]).max() < 1e-6, lean
with open("euler", "w") as f:
    f.write("%.15g,%.15g,%.15g" % tuple(np.load("super.npz")["euler"][2]))
END
# shellcheck disable=SC2086
if [ -s euler ]; then
	make one.npz --crystal=low.xyz $small --width=11 $layer \
		--euler="$(cat euler)"
	result 'its second turn, given by its angles' $?
	compare 'is the same' <<'END'
import numpy as np
s, one = np.load("super.npz"), np.load("one.npz")
for k in "segments", "potential_beam", "potential_zone":
    d = abs(s[k][2:] - one[k]).max() / abs(one[k]).max()
    assert d < 1e-6, (k, d)
# both sum the same atoms, so that means differ by the picture's edges alone
mean = s["potential_zone"].mean((1, 2)) * s["thickness"]
d = abs(mean / s["potential_beam"].mean((1, 2)) - 1).max()
assert d < 0.1, d
END
fi

# ---- disorder ----

few="$crystal --thickness=1.2"
mixed="$few --phonons=2 --vacancies=O=0.2 --amorphous=entrance:C:4 --dose=1e5"
# shellcheck disable=SC2086
{
	for t in 1 2 3; do
		make run.npz $mixed --seed=5 --threads=$t
		mv run.npz run$t.npz
	done
	cmp run1.npz run2.npz >out 2>&1 && cmp run1.npz run3.npz >>out 2>&1
	result 'disorder with 1, 2 and 3 threads: the same bytes' $?
	make perfect.npz $few && make phonons.npz $few --phonons=2 &&
		make other.npz $few --phonons=2 --seed=1 &&
		make vacancies.npz $few --vacancies=O=0.5 &&
		make deep.npz $crystal --thickness=1.2,2.4 --vacancies=O=0.5 &&
		make substitute.npz $few --substitute=Ti=Pb:0.5 &&
		make cut.npz $few --cut=0,5 &&
		make step.npz $few --cut=0,5,0,6 &&
		make entrance.npz $few --amorphous=entrance:C:4 &&
		make exit.npz $few --amorphous=exit:Si:6:2.3
	result 'every kind of disorder gives a file' $?
	iphase-info phonons.npz >out && grep -q '^ *phonons *2$' out &&
		grep -q '^ *method *supercell$' out &&
		grep -q '^ *k_grid *1 1$' out && grep -q '^ *grid *75 75$' out
	result 'what the output says of a supercell' $?
	make whole.npz $few --substitute=Ti=Pb:0
	make sharp.npz $few --focal-spread=0.0001 &&
		make spread.npz $few --focal-spread=80
	result 'a focal spread' $?
	make island.npz low.xyz $small --thickness=1.2
	make box.npz low.xyz --specimen=box --sampling=0.16 --semiangle=15 \
		--outer=40 --pixels=8
	result 'an island and a box' $?
}
compare 'disorder changes the images; each has its two potentials' <<'END'
import numpy as np
perfect = np.load("perfect.npz")
was = perfect["segments"]
for name in ("phonons", "vacancies", "substitute", "cut", "step", "entrance",
    "exit"):
    z = np.load(name + ".npz")
    d = abs(z["segments"] - was).max()
    assert d > 1e-3, (name, d)
    # thermal motion and layers are not in the potential of the crystal
    same = name in ("phonons", "entrance", "exit")
    for k, tol in ("potential_beam", 1e-5), ("potential_zone", 1e-5):
        d = abs(z[k] - perfect[k]).max() / perfect[k].max()
        assert (d < tol) == same, (name, k, d)
phonons = np.load("phonons.npz")["segments"]
assert abs(phonons.mean() / was.mean() - 1) < 0.05
assert abs(np.load("other.npz")["segments"] - phonons).max() > 1e-3
# a specimen is the top of a deeper one with the same seed
deep, top = np.load("deep.npz"), np.load("vacancies.npz")
for k in "segments", "potential_beam", "potential_zone":
    assert abs(deep[k][0] - top[k]).max() < 1e-5 * top[k].max(), k
assert np.isfinite(deep["potential_zone"][1]).all()
assert deep["potential_zone"][1].max() > 100
# what is cut away is vacuum, for all depths and for half of them
cut, step = np.load("cut.npz"), np.load("step.npz")
for k in "potential_beam", "potential_zone":
    assert cut[k][6:].max() < 0.2 * perfect[k].max()
    assert cut[k][6:].max() < step[k][6:].max() < perfect[k].max()
for name in "perfect", "vacancies", "island", "box":
    z = np.load(name + ".npz")
    assert z["potential_zone"].shape == (8, 8), name
    assert z["potential_zone"].max() > 100, name
# a supercell in which nothing is substituted
d = abs(np.load("whole.npz")["segments"] - was).max()
assert d < 1e-5, d
d = abs(np.load("sharp.npz")["segments"] - was).max()
assert d < 1e-6, d
d = abs(np.load("spread.npz")["segments"] - was).max()
assert d > 1e-3, d
END

# ---- a column ----

# three by three cells and their 24 x 24 pixels; the Ti in the middle
col="--crystal=low.xyz --fov=12 --pixels=24 --width=12 --sampling=0.16
	--semiangle=15 --outer=40 --thickness=1.2"
# shellcheck disable=SC2086
{
	make whole.npz $col --substitute=Ti=Pb:0 &&
		make all.npz $col --vacancies=Ti=1 &&
		make gone.npz $col --column=6.2,5.6 &&
		make again.npz $col --column=-5.7,17.7:Ti= &&
		make pb.npz $col --column=6.2,5.6:Pb &&
		make two.npz $col --column=6.2,5.6:Ti=Pb --column=6.2,5.6:Pb=
	result 'columns away or exchanged' $?
}
compare 'of which the potentials differ by those of the column' <<'END'
import numpy as np
whole, all, gone, again, pb, two = (np.load(f + ".npz") for f in ("whole",
    "all", "gone", "again", "pb", "two"))
for k in "potential_beam", "potential_zone":
    lost, every = whole[k] - gone[k], whole[k] - all[k]
    # 6.3, 5.7 in pixels of 0.5
    assert np.unravel_index(lost.argmax(), lost.shape) == (13, 11), k
    # of all nine columns it is nine times this one; pictures are float32
    nine = sum(np.roll(lost, (8 * i, 8 * j), (0, 1)) for i in range(3)
        for j in range(3))
    d = abs(nine - every).max() / whole[k].max()
    assert d < 1e-5, (k, d)
    more = pb[k] - whole[k]
    assert more[13, 11] > 0.5 * lost[13, 11], k
    d = np.hypot(*np.meshgrid(np.arange(24) - 12.6, np.arange(24) - 11.4,
        indexing="ij")) / 2
    assert abs(more[d > 2]).max() < 0.1 * more.max(), k
    for z in again, two:
        assert (z[k] == gone[k]).all(), k
assert (again["segments"] == gone["segments"]).all()
for z in gone, pb:
    d = abs(z["segments"] - whole["segments"]).max()
    assert d > 1e-3, d
END

# A layer moves the beam before it meets the crystal: pictures stay where they
# were. 12 A at 4 degrees would be 0.8 A, three pixels.
line="--crystal=low.xyz --scan=0,0,4,4 --pixels=16 --sampling=0.16
	--semiangle=15 --inner=20 --outer=40 --segments=1 --thickness=1.2
	--tilt=4,-4 --width=12 --slice=2"
# shellcheck disable=SC2086
make bare.npz $line && make layer.npz $line --amorphous=entrance:C:12 \
	--seed=1
result 'a layer on a tilted crystal' $?
compare 'which keeps the register' <<'END'
import numpy as np
a, b = (np.load(f)["segments"][0] for f in ("bare.npz", "layer.npz"))
best = max((np.corrcoef(a.ravel(), np.roll(b, (i, j), (0, 1)).ravel())[0, 1],
    i, j) for i in range(-8, 8) for j in range(-8, 8))
assert abs(best[1]) <= 1 and abs(best[2]) <= 1, best
assert best[0] > 0.8, best
END

# a dense layer on a thin crystal: its atoms cost more than the crystal's
layer="$crystal --semiangle=5 --width=16 --slice=2 --thickness=0.4
	--amorphous=entrance:C:4:3.5"
# shellcheck disable=SC2086
{
	iphase-simulate -q $layer --memory=1 -o no.npz >out 2>&1
	need=$(sed -n 's/.*at least \([0-9.]*\) MiB.*/\1/p' out)
	[ -n "$need" ] && make layer.npz $layer --memory="$need"
	result 'the memory said to be needed will do, layers and all' $?
}

# ---- refused ----

# shellcheck disable=SC2086
{
	refuse 1 'nearest axis that has two is \[0 0 1\]' --crystal=LiCoO2 \
		--zone=1,2,3 --thickness=1
	refuse 2 'one --thickness' $crystal --thickness=1,2 \
		--amorphous=exit:C:5
	refuse 2 'thickness' $crystal
	refuse 2 'give --tilt beside' --crystal=low.xyz --thickness=1 \
		--rotations=1,2 --euler=0,1,1
	refuse 2 'does not turn with' $few --rotations=1,2 --beam-tilt=1,0
	refuse 2 'rotations is for --crystal' low.xyz --thickness=1 \
		--rotations=1
	refuse 2 'wider supercell' $few --phonons=2 --check-width
	for bad in zone=1,1 zone=1.5,0,0 plane=a 'plane=1,0,0 --zone=0,0,1' \
		phonons=-1 phonons=many vacancies=O vacancies=O=half \
		substitute=Ti substitute=Ti=Pb substitute=Ti:Pb=0.1 cut=5 \
		column=1 column=1,2,3 column=a,b column=Ti column=,1 \
		cut=1,2,3 amorphous=C:5 amorphous=side:C:5 \
		amorphous=exit:C:thin amorphous=exit:C:5nm \
		amorphous=exit:Si:5 amorphous=exit:C:5:2:1 focal-spread=-1 \
		width=-1 method=matrix repeat=2 \
		'euler=1,1,1'; do
		refuse 2 "--${bad%%=*}" $few --$bad
	done
	for bad in zone=0,0,1 plane=0,0,1 width=9 check-width phonons=2 \
		vacancies=O=0.1 substitute=Ti=Pb:0.1 cut=0,1 column=1,2 \
		amorphous=exit:C:5; do
		refuse 2 'are for --crystal' low.xyz --thickness=1 --$bad
	done
	refuse 1 'up to 5' --crystal=low.xyz --thickness=1 --tilt=0,6
	refuse 1 'no direction' $few --zone=0,0,0
	refuse 1 '1.5' $few --vacancies=O=1.5
	refuse 1 'Xx' $few --substitute=Ti=Xx:0.5
	refuse 1 'all' $few --cut=0,-100
	refuse 1 'Xx' $few --column=1,2:Xx
	refuse 1 'not an element' $few --column=1,2:
	refuse 1 'there is no Pb' $few --column=1,2:Pb=Ti
}

# A tilted beam: the box of 2 x 2 cells, and the crystal on as many k points.
cat >rest.xyz <<'END'
2
Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3
Sr 0.3 0.2 0.5
Ti 2.3 1.7 2.5
END
awk -v n=2,2,5 -f "$IP_SRCDIR/examples/repeat.awk" rest.xyz >box.xyz
tilted="--slice=2 --beam-tilt=20,-10 --thickness=1,2 --pixels=8 --semiangle=15
	--outer=40 --edges=whole"
# shellcheck disable=SC2086
make beam.ipt --specimen=box box.xyz --grid=50 ${tilted% *} &&
	make beam2.ipt --crystal=rest.xyz --grid=25 --width=8 --fov=8 $tilted &&
	iphase-info beam.ipt --against=beam2.ipt >out 2>&1 && awk '
		$1 != "thickness" { part = $1 }
		$1 == "segments" { n++; if ($3 + 0 > 1e-5) bad = 1 }
		$1 == "potential_beam" { n++; if ($3 + 0 > 0.01) bad = 1 }
		# whole periods, down to the second plane
		part == "potential_zone" && $1 == "thickness" && $2 == "1" {
			n++; if ($4 + 0 > 0.01) bad = 1 }
		END { exit bad || n != 3 }' out
result 'a tilted beam: box = crystal, and along it the truth' $?

refuse 1 'no atom of SrTi has a displacement' --crystal=rest.xyz --thickness=1 \
	--phonons=2
refuse 2 'edges' rest.xyz --thickness=1 --edges=whole
refuse 1 'too much for an aperture' --crystal=rest.xyz --thickness=1 \
	--focal-spread=1e4
