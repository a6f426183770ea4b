"""What a worker can do; the modules that do it are loaded by `batchquant.steps.task.Step`."""
