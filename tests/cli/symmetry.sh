# What iphase-simulate says that training may do with its pictures: whether
# they are periodic, and the mirrors of the crystal.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
small="--pixels=8 --sampling=0.2 --semiangle=10 --outer=30 --width=8
	--thickness=0.8"

# said WHAT PERIODIC MIRRORS ARGUMENT...: MIRRORS is empty where none are named
said() {
	what=$1 periodic=$2 mirrors=$3
	shift 3
	rm -f a.ipt
	# shellcheck disable=SC2086
	iphase-simulate -q $small "$@" -o a.ipt >out 2>&1 &&
		iphase-info a.ipt >out 2>&1 &&
		[ "$(sed -n 's/^ *periodic *//p' out)" = "$periodic" ] &&
		[ "$(sed -n 's/^ *mirrors *//p' out)" = "$mirrors" ]
	result "$what" $?
}

sto="--crystal=SrTiO3"
all='0 45 90 135'
said 'two periods' 1 "$all" $sto --fov=7.8106
said 'two and one' 1 "$all" $sto --fov=7.8106,3.9053
said 'two and a half' 0 "$all" $sto --fov=7.8106,9.76325
said 'a tenth of a pixel more than two' 0 "$all" $sto --fov=7.91,7.8106
said 'a thousandth of a pixel more than two' 1 "$all" $sto --fov=7.8116
said 'two periods anywhere' 1 "$all" $sto --scan=1,2,8.8106,9.8106
said 'of a crystal turned by 90 degrees' 1 "$all" $sto --fov=7.8106 \
	--euler=90,0.2,0.1
said 'by 30' 0 "$all" $sto --fov=7.8106 --euler=30,0,0
said 'by 45: diagonals' 1 "$all" $sto --fov=11.04586 --euler=45,0,0
said 'a hexagonal lattice, rows across' 1 '30 90 150' --crystal=GaN \
	--fov=6.3786,5.52403
said 'and in columns' 1 '30 90 150' --crystal=GaN \
	--fov=5.52403,6.3786 --euler=30,0,0
said 'a supercell repeats later than its crystal' 0 "$all" $sto \
	--fov=3.9053 --vacancies=O=0.2 --seed=1
said 'a period of it' 1 "$all" $sto --fov=11.7159 --vacancies=O=0.2
said 'no mirrors, and an oblique lattice' 0 '' --crystal=Y2SiO5 --plane=0,1,0 \
	--fov=10.41,12.18681805
# of a box or an island the mirrors are not looked for
small="--pixels=8 --sampling=0.2 --semiangle=10 --outer=30"
cat >box.xyz <<'END'
1
Lattice="8 0 0 0 6 0 0 0 4" Properties=species:S:1:pos:R:3
Sr 4 3 2
END
said 'a whole box' 1 '' box.xyz --specimen=box
said 'two of it, from anywhere' 1 '' box.xyz --specimen=box --scan=1,1,17,7
said 'a part of one' 0 '' box.xyz --specimen=box --scan=0,0,8,3
said 'an island' 1 '' box.xyz --fov=20 --repeat=1 --thickness=0.4
