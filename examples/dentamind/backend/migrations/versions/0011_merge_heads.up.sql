-- merge heads
--
-- Revision ID: 0011
-- Revises: 0008, 0010
-- Create Date: 2024-09-12
-- Author: Maya Okafor
-- surefoot: depends 0008 0010

-- Joins tooth_fdi and insurance claims; changes nothing itself.
