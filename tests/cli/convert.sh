# iphase-convert: there and back, what is told when something is lost, and
# what is refused.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
# for refuse OUTPUT ARGUMENT...
attempt() { iphase-convert -q -o "$@"; }
# quiet COMMAND...: succeeds and says nothing
quiet() { "$@" >out 2>&1 && [ ! -s out ]; }
# table OUTPUT INPUT...: with titles
table() {
	png=$1
	shift
	iphase-convert -q --table --zoom=20 "$@" -o "$png" >>out 2>&1
}
# size FILE: of a .png, pixels
size() {
	od -An -tu1 -j16 -N8 "$1" | awk '{ print 256 * $3 + $4, 256 * $7 + $8 }'
}

cat >a.xyz <<'END2'
2
Lattice="3.2 0 0 -1.6 2.77 0 0 0 5.18" Properties=species:S:1:pos:R:3:u_rms:R:1
Ga 0 1.848 0.1 0.07
N 1.6 0.924 1.95 0.08
END2
{ echo 'made up'; echo 'twice'; echo ' 1 0.5 0 0'; echo ' 2 3 0 0'
echo ' 3 0 4 0'; echo ' 2 0 0 5'; echo ' 7 0 1 2 3'
seq 12; } >a.cube

# structures
quiet iphase-convert -q a.xyz -o a.ipt && quiet iphase-convert a.ipt -o b.xyz &&
	quiet iphase-convert b.xyz -o b.npz &&
	quiet iphase-convert b.npz -o c.xyz && cmp b.xyz c.xyz >>out 2>&1 &&
	grep -q 'u_rms' b.xyz && grep -q '^Ga 0.0 1.848 0.1 0.07$' b.xyz
result 'atoms through .ipt and .npz' $?
cat >m.xyz <<'END2'
2
Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3:occupancy:R:1
La 0 0 0 0.7
Sr 0 0 0 0.3
END2
quiet iphase-convert -q m.xyz -o m.ipt && quiet iphase-convert m.ipt -o n.xyz &&
	tail -n 2 n.xyz >t1 && tr -d '\n' <t1 >t2 &&
	[ "$(cat t2)" = 'La 0.0 0.0 0.0 0.7Sr 0.0 0.0 0.0 0.3' ]
result 'occupancies through .ipt' $?
iphase-convert -q a.xyz --energy=200 -o b.xyz >out 2>&1 &&
	grep -q 'attributes' out
result 'attributes that are lost are told' $?

iphase-convert -q a.cube -o c.ipt >out 2>&1 &&
	iphase-convert -q c.ipt -o d.cube >>out 2>&1 &&
	iphase-convert -q d.cube -o d.npz >>out 2>&1 &&
	iphase-convert -q d.npz -o e.cube >>out 2>&1
head -n 2 a.cube >t1; head -n 2 d.cube >t2
cmp t1 t2 >>out 2>&1 && cmp d.cube e.cube >>out 2>&1 &&
	grep -q ' 1.20000000E+01' d.cube
result 'a cube there and back' $?
iphase-convert -q a.cube -o f.xyz >out 2>&1 && grep -q "potential.*left out" out
result 'a grid that is lost is told' $?

quiet iphase-convert -q "$IP_SRCDIR/data/crystals/LiCoO2.cif" -o l.xyz &&
	[ "$(head -n 1 l.xyz)" = 12 ] && [ "$(grep -c '^O ' l.xyz)" = 6 ] &&
	grep -q '^Li 0.0 0.0 0.0 0.1095' l.xyz
result 'a .cif as the atoms of its cell' $?

# arrays: numbers 0..11 of 4 x 3 pixels, row by row
i=0
while [ $i -lt 12 ]; do
	# shellcheck disable=SC2059
	printf "\\$(printf %o $i)"
	i=$((i + 1))
done >p.raw
quiet iphase-convert -q p.raw --dtype=uint8 --shape=4,3 -o p.npy &&
	quiet iphase-convert -q p.npy -o q.raw && cmp p.raw q.raw >>out 2>&1
result 'raw pictures are rows' $?
quiet iphase-convert -q p.npy --axes=xy -o x.raw && ! cmp -s p.raw x.raw &&
	quiet iphase-convert -q x.raw --dtype=uint8 --shape=4,3 --axes=xy \
		-o x.npy && cmp x.npy p.npy >>out 2>&1
result '--axes=xy' $?
quiet iphase-convert -q p.npy --range=0,255 -o p.png &&
	quiet iphase-convert -q p.png --dtype=uint8 -o r.npy &&
	cmp p.npy r.npy >>out 2>&1
result 'gray .png there and back' $?
quiet iphase-convert -q p.npy --dtype=float16 -o h.npz &&
	quiet iphase-convert -q h.npz --tensor=p --dtype=float32 -o p.f32 &&
	[ "$(wc -c <p.f32)" -eq 48 ]
result '--dtype and --tensor' $?

# four images
for s in 0 1 2 3; do
	iphase-convert -q p.npy --range=0,$((255 - s)) -o s$s.png || exit 1
done
quiet iphase-convert -q s0.png s1.png s2.png s3.png -o seg.ipt --energy=200 \
	--pixel-size=0.25 --semiangle=20 --inner=10 --outer=50 --rotation=45
result 'four images become segments' $?
quiet iphase-convert -q seg.ipt -o seg.npz &&
	quiet iphase-convert -q seg.npz -o seg2.ipt &&
	cmp seg.ipt seg2.ipt >>out 2>&1
result 'attributes through .npz: the same bytes' $?
quiet iphase-convert -q seg.ipt --store -o stored.ipt &&
	quiet iphase-convert -q stored.ipt -o seg3.ipt &&
	cmp seg.ipt seg3.ipt >>out 2>&1
result '--store' $?
quiet iphase-convert -q seg.ipt --index=2 --bare --range=0,253 -o two.png &&
	cmp two.png s2.png >>out 2>&1 &&
	quiet iphase-convert -q seg.ipt --map=magma --title='V' --zoom=20 \
		-o panels.png && [ -s panels.png ] &&
	quiet iphase-convert -q seg.ipt --index=0 --colorbar -o bar.png
result 'pictures of a stack' $?
for s in 0 1 2 3; do
	iphase-convert -q p.npy --range=0,$((100 + 30 * s)) -o d$s.png || exit 1
done
quiet iphase-convert -q d0.png d1.png d2.png d3.png -o o1.npz \
	--segment-order=2,3,1,0 &&
	quiet iphase-convert -q d2.png d3.png d1.png d0.png -o o2.npz &&
	iphase-convert -q o1.npz -o o1.raw >out 2>&1 &&
	iphase-convert -q o2.npz -o o2.raw >>out 2>&1 &&
	cmp o1.raw o2.raw >>out 2>&1
result '--segment-order' $?

# TIFF and MRC, of which the pixel size is kept where all say the same
quiet iphase-convert -q seg.ipt --index=0 --range=0,1 -o drop.png &&
	iphase-convert -q seg.ipt --dtype=float64 -o stack.tif >out 2>&1 &&
	[ "$(grep -c 'attributes' out)" = 1 ] &&
	iphase-convert -q seg.ipt -o stack.mrc >out 2>&1 &&
	quiet iphase-convert -q stack.mrc --tensor=segments -o m.npz &&
	iphase-info m.npz >t1 &&
	grep -q '^  pixel_size  *0.25 0.25$' t1 &&
	grep -q '^segments  *float32 4 x 4 x 3 ' t1 &&
	iphase-convert -q m.npz -o m.raw >out 2>&1 &&
	iphase-convert -q seg.ipt --dtype=float32 -o f.raw >out 2>&1 &&
	cmp m.raw f.raw >>out 2>&1
result 'a stack through .mrc' $?
for s in 0 1 2 3; do
	iphase-convert -q s$s.png --pixel-size=0.25 -o s$s.mrc >>out 2>&1
	iphase-convert -q s$s.png --pixel-size=0.25 -o s$s.tif >>out 2>&1
done
iphase-convert -q s3.png --pixel-size=0.3 -o other.mrc >>out 2>&1
quiet iphase-convert -q s0.mrc s1.mrc s2.mrc s3.mrc -o four.ipt &&
	iphase-info four.ipt >t1 && grep -q '^  pixel_size  *0.25 0.25$' t1 &&
	iphase-convert -q four.ipt -o four.raw >out 2>&1 &&
	iphase-convert -q seg.ipt -o f.raw --dtype=float32 >out 2>&1 &&
	cmp four.raw f.raw >>out 2>&1
result 'four .mrc become segments' $?
iphase-convert -q s0.mrc s1.mrc s2.mrc other.mrc -o odd.ipt >out 2>&1 &&
	grep -q 'pixel_size is 0.3, not 0.25' out &&
	! iphase-info odd.ipt | grep -q pixel_size
result 'pixel sizes that differ are left out, and told' $?
idpc='--energy=200 --semiangle=20 --inner=10 --outer=50 --rotation=45'
LC_ALL=C tr '\000-\013' '\001-\014' <p.raw >c0.raw
LC_ALL=C tr '\000-\013' '\014\013\012\011\010\007\006\005\004\003\002\001' \
	<p.raw >c1.raw
for c in c0 c1; do
	iphase-convert -q $c.raw --dtype=uint8 --shape=4,3 --pixel-size=0.25 \
		-o $c.mrc >out 2>&1
done
# shellcheck disable=SC2086
iphase-convert -q c0.mrc c1.mrc c0.mrc c0.mrc -o c.ipt >out 2>&1 &&
	iphase-convert -q c.ipt -o stack.mrc >>out 2>&1 &&
	iphase-idpc -q c0.mrc c1.mrc c0.mrc c0.mrc $idpc -o i1.npz >>out 2>&1 &&
	iphase-idpc -q stack.mrc $idpc -o i2.npz >>out 2>&1 &&
	iphase-convert -q i1.npz --tensor=idpc_phase -o i1.raw >>out 2>&1 &&
	iphase-convert -q i2.npz --tensor=idpc_phase -o i2.raw >>out 2>&1 &&
	cmp i1.raw i2.raw >>out 2>&1 && iphase-info i2.npz |
	grep -q '^  pixel_size  *0.25 0.25$'
result 'iphase-idpc takes four pictures, or a stack' $?
if iphase-convert -q stack.tif -o t.npz >out 2>&1; then
	quiet iphase-convert -q s0.tif s1.tif s2.tif s3.tif -o t.ipt &&
		iphase-info t.ipt | grep -q '^  pixel_size  *0.25 0.25$' &&
		iphase-convert -q t.npz -o t.raw >out 2>&1 &&
		cmp t.raw f.raw >>out 2>&1
	result 'TIFF in the same ways' $?
else
	grep -q 'install libtiff-dev' out
	result 'what is missing for TIFF is told' $?
fi

# weights
golden=$IP_SRCDIR/tests/golden
# tensors FILE: what is in it, without attributes
tensors() { iphase-info "$1" | grep -v '^  \|tensors$'; }
quiet iphase-convert -q "$golden/torch_trained.pt" -o w.safetensors &&
	quiet iphase-convert -q w.safetensors -o w.npz &&
	quiet iphase-convert -q w.npz -o w2.safetensors &&
	cmp w.safetensors w2.safetensors >>out 2>&1 &&
	tensors w.npz >t1 && tensors "$golden/torch_trained.npz" >t2 &&
	[ "$(wc -l <t1)" = 7 ] && cmp t1 t2 >>out 2>&1
result '.pt through .safetensors' $?
quiet iphase-convert -q seg.ipt -o seg.safetensors &&
	quiet iphase-convert -q seg.safetensors -o seg4.ipt &&
	cmp seg.ipt seg4.ipt >>out 2>&1
result 'attributes through .safetensors: the same bytes' $?
quiet iphase-convert -q "$golden/torch_types.pt" --tensor=byte -o byte.npy &&
	[ "$(tail -c 2 byte.npy | od -An -tu1 | tr -d ' ')" = 0255 ]
result 'one tensor of a .pt' $?

# a model: its own names, and what PyTorch's module expects beside them
quiet iphase-convert -q "$golden/model_weights.npz" -o m.ipt \
	--attribute=energy=60000,300000 --attribute='provenance=made, here' &&
	quiet iphase-convert -q m.ipt -o m.safetensors &&
	quiet iphase-convert -q m.safetensors --dtype=float16 -o h.ipt &&
	iphase-info m.ipt >out && iphase-info h.ipt >>out &&
	[ "$(grep -c '^  energy  *60000 300000$' out)" = 2 ] &&
	[ "$(grep -c '^  provenance  *made, here$' out)" = 2 ] &&
	[ "$(grep -c '^  architecture  *swin_unetr$' out)" = 2 ] &&
	[ "$(grep -c ' float32 ' out)" = 151 ] &&
	[ "$(grep -c ' float16 ' out)" = 151 ] &&
	iphase-convert -q h.ipt -o m.npz 2>out && grep -q 'weights only' out &&
	[ "$(tensors m.npz | grep -c 'index .*int64 49 x 49')" = 8 ]
result 'models' $?
refuse 2 'not for the weights of a network' no.ipt m.ipt --store
refuse 1 'of float64: expected float32 or float16' no.ipt m.ipt --dtype=float64
refuse 1 'scale is -1' no.ipt m.ipt --attribute=scale=-1
refuse 2 "'energy', expected KEY=VALUE" no.ipt m.ipt --attribute=energy

# several files as one picture: one of three is another, the last or middle one
LC_ALL=C tr '\000-\013' '\013\012\011\010\007\006\005\004\003\002\001\000' \
	<p.raw >r.raw
cat p.raw p.raw r.raw >last.raw
cat p.raw r.raw p.raw >middle.raw
mkdir 1 2
: >out
for t in 1=last 2=middle; do
	iphase-convert -q "${t#*=}.raw" --dtype=uint8 --shape=3,4,3 \
		-o "${t%=*}/t.npy" >>out 2>&1
done
cp 1/t.npy 1/u.npy
table 1.png 1/t.npy && table 12.png 1/t.npy 2/t.npy &&
	table 11.png 1/t.npy 1/t.npy && table 22.png 2/t.npy 2/t.npy &&
	table 121.png 1/t.npy 2/t.npy 1/t.npy &&
	table 12-1.png 1/t.npy 2/t.npy --index=1 &&
	table 12-2.png 1/t.npy 2/t.npy --index=2 && table u.png 1/u.npy &&
	for f in 1 12 121 12-1; do size $f.png; done | awk '
		{ w[NR] = $1; h[NR] = $2 }
		END { exit NR != 4 || w[1] != w[2] || w[2] != w[3] ||
			h[3] - h[2] != h[2] - h[1] || h[1] >= h[2] ||
			w[4] >= w[1] || h[4] != h[2] }'
result 'a table of pictures: a row a file' $?
! cmp -s 12.png 11.png && ! cmp -s 12.png 22.png && ! cmp -s 11.png 22.png &&
	! cmp -s 12-1.png 12-2.png && ! cmp -s 1.png u.png
result 'its pictures and titles' $?
compare 'the first file above' <<'END'
import zlib
def rows(file):
    png, at, data = open(file, "rb").read(), 8, b""
    while at < len(png):
        n = int.from_bytes(png[at:at + 4], "big")
        if png[at + 4:at + 8] == b"IDAT":
            data += png[at + 8:at + 8 + n]
        at += 12 + n
    return zlib.decompress(data)
def apart(a, b):
    return next(i for i, (x, y) in enumerate(zip(rows(a), rows(b))) if x != y)
assert apart("12.png", "11.png") > 2 * apart("12.png", "22.png")
END
refuse 2 'for .png outputs' no.npy seg.ipt seg.ipt --table --tensor=segments
refuse 1 'the first file' no.png seg.ipt p.npy --table
refuse 2 'expected 0 to 3' no.png seg.ipt --table --index=4
refuse 2 'one number' no.png seg.ipt --table --index=1,1
refuse 1 'several tensors' no.png a.xyz a.xyz --table

# what cannot be
refuse 2 'pt and .pth are only read' no.pt p.npy
refuse 2 '.cif is only read' no.cif a.xyz
refuse 2 '.emd, .hspy and .h5 are only read' no.emd p.npy
refuse 2 'only read' no.dm3 p.npy
refuse 1 'complex64, expected real' no.tif p.npy --dtype=complex64
refuse 1 'expected one image' no.ipt stack.mrc s1.png s2.png s3.png
cp w.npz w.pt
refuse 1 'has no data.pkl' no.npz w.pt
refuse 2 'give --shape' no.npy p.raw --dtype=uint8
refuse 2 'give --dtype' no.npy p.raw --shape=4,3
refuse 1 '12 bytes, expected 24' no.npy p.raw --dtype=uint16 --shape=4,3
refuse 2 'name must end in' no.jpg p.npy
refuse 2 'name must end in' no.npy /dev/null
refuse 1 'several tensors' no.npy a.xyz
refuse 1 "no tensor 'x'" no.npy h.npz --tensor=x
refuse 1 'no atoms: there is no' no.xyz p.npy
refuse 2 'images of all segments' no.ipt s0.png s1.png
iphase-convert -q p.raw --dtype=uint8 --shape=3,4 -o tall.npy
refuse 1 '4 x 3 pixels, but' no.ipt tall.npy p.npy p.npy p.npy
refuse 2 'is missing' no.ipt s0.png s1.png s2.png s3.png \
	--segment-order=0,1,1,2
refuse 2 'LOW,HIGH' no.png p.npy --range=3,2
refuse 2 'expected 0 to 3' no.png seg.ipt --index=4
refuse 2 'raw inputs' no.png p.npy --shape=4,3
printf '\377' >one.raw
iphase-convert -q one.raw --dtype=uint8 --shape=1,1 -o one.npy
refuse 1 '255 does not fit int8' no.npz one.npy --dtype=int8
refuse 1 'cannot be opened' no.npy absent.npy
refuse 2 'give a file' no.npy
refuse 1 "type 'float33'" no.npy p.npy --dtype=float33
iphase-convert p.npy >out 2>&1
[ $? = 2 ] && grep -q -e '-o FILE' out
result 'an output is needed' $?
