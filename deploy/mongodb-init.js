// Runs once, when the database of deploy/compose.yaml is new: an account that can do what Pteah does, and
// no more (its own database, a look at the replica set for `pteah doctor`).
db.getSiblingDB("pteah").createUser({
  user: "pteah",
  pwd: process.env.MONGO_INITDB_ROOT_PASSWORD,
  roles: [
    { role: "dbOwner", db: "pteah" },
    { role: "clusterMonitor", db: "admin" },
  ],
});
