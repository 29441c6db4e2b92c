DROP TABLE provisioning_requests;
