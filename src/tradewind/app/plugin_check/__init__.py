"""Whether a plug-in does what its kind must: judged on made-up inputs, in this process and in a fresh one."""
