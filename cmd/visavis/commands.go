package main

// commands are the program's commands by name.
func commands() map[string]command {
	return map[string]command{
		"backup":      backupCommand,
		"doctor":      doctor,
		"evidence":    evidenceCommand,
		"export":      exportCommand,
		"healthcheck": healthcheck,
		"restore":     restoreCommand,
		"serve":       serve,
		"site":        siteCommand,
		"top":         top,
		"trust-list":  trustListCommand,
		"version":     versionCommand,
		"worker":      runWorker,
	}
}
