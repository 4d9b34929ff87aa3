# Repeat an orthogonal cell of an extended XYZ file; atoms at rest, to stdout:
#	awk -v n=NX,NY,NZ [-v axes=2,3,1] -f repeat.awk CELL.xyz >BOX.xyz
# axes: which axis of the cell becomes x, y and z, the beam.
BEGIN {
	split(n, times, ",")
	split(axes ? axes : "1,2,3", axis, ",")
}
FNR == 2 {
	match($0, /Lattice="[^"]*"/)
	split(substr($0, RSTART + 9, RLENGTH - 10), cell, " ")
	for (k = 1; k <= 3; k++)
		size[k] = cell[4 * axis[k] - 3]
}
FNR > 2 && NF >= 4 {
	name[++atoms] = $1
	for (k = 1; k <= 3; k++)
		at[atoms, k] = $(axis[k] + 1)
}
END {
	print atoms * times[1] * times[2] * times[3]
	printf "Lattice=\"%.6f 0 0 0 %.6f 0 0 0 %.6f\"", size[1] * times[1],
		size[2] * times[2], size[3] * times[3]
	print " Properties=species:S:1:pos:R:3 pbc=\"T T T\""
	for (z = 0; z < times[3]; z++)
		for (x = 0; x < times[1]; x++)
			for (y = 0; y < times[2]; y++)
				for (a = 1; a <= atoms; a++)
					printf "%s %.6f %.6f %.6f\n", name[a],
						at[a, 1] + x * size[1],
						at[a, 2] + y * size[2],
						at[a, 3] + z * size[3]
}
