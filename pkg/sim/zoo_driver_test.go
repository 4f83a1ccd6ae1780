package sim

const bugVariable = "STATLINE_BUG"

func driveZoo() (bool, error) { return true, nil }
func driveBug() (bool, error) { return true, nil }
