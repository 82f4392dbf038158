"""How the jobs of a sweep are started, one file each: what can be chosen as `hydra/launcher`.

Of Hydra's own launchers only the config group is used. When the process of one job is killed, its joblib launcher ends
all others and its submitit launcher waits for none of them; both give every job the same GPU.
"""
