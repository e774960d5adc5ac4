DROP TABLE insurance_claims;
